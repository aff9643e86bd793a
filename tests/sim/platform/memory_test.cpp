// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/platform/parts_fixture.h"

namespace lockarb {
namespace {

class MemoryAtomics : public Parts {};

TEST_F(MemoryAtomics, ReturnTheOldValueAndStoreTheNewOne) {
  build({[](Core &core) {
    write(core, kTestMemory + 8, 5);
    EXPECT_EQ(atomic(core, Atomic::kSwap, kTestMemory + 8, 9), 5u);
    EXPECT_EQ(atomic(core, Atomic::kAdd, kTestMemory + 8, 3), 9u);
    EXPECT_EQ(atomic(core, Atomic::kCompareSwap, kTestMemory + 8, 1, 11), 12u) << "not equal";
    EXPECT_EQ(read(core, kTestMemory + 8), 12u) << "a failed compare stored its operand";
    EXPECT_EQ(atomic(core, Atomic::kCompareSwap, kTestMemory + 8, 1, 12), 12u);
    EXPECT_EQ(read(core, kTestMemory + 8), 1u);
    EXPECT_EQ(read(core, kTestMemory + 12), 0u) << "the neighbour changed";
  }});
  sc_core::sc_start();
}

TEST_F(MemoryAtomics, LoseNoAdditionOfFourCores) {
  const auto adder = [](Core &core) {
    for (int i = 0; i < 100; ++i) atomic(core, Atomic::kAdd, kTestMemory, 1);
  };
  build({adder, adder, adder, [&adder](Core &core) {
           adder(core);
           core.compute(100000, false);
           EXPECT_EQ(read(core, kTestMemory), 400u);
         }});
  sc_core::sc_start();
  EXPECT_EQ(bus->count(0, 0).atomics, 100u);
}

TEST_F(MemoryAtomics, CostTheirStatedClocks) {
  build({[](Core &core) {
    atomic(core, Atomic::kSwap, kTestMemory, 1);
    EXPECT_EQ(core.clock(), Bus::kRequestClocks + Memory::kAtomicClocks + Bus::kResponseClocks);
  }});
  sc_core::sc_start();
}

class MemoryRefuses : public Parts {};

TEST_F(MemoryRefuses, UnalignedWords) {
  expect_refused([](Core &core) { read(core, kTestMemory + 2); }, "TLM_BURST_ERROR_RESPONSE");
}

class MemoryAnswers : public Parts {
 protected:
  // What the memory answers to a hostile access, and holds then.
  void attempt(const Core::Access &access, tlm::tlm_response_status status, uint32_t word) {
    build({[&](Core &core) {
      write(core, kTestMemory, 1);
      EXPECT_EQ(core.attempt(access), status);
      EXPECT_EQ(read(core, kTestMemory), word);
    }});
    sc_core::sc_start();
  }
  static Core::Access access_to(uint32_t *word, tlm::tlm_command command) {
    Core::Access access;
    access.command = command;
    access.address = kTestMemory;
    access.data = word;
    access.size = access.streaming_width = sizeof *word;
    return access;
  }
};

TEST_F(MemoryAnswers, UnprivilegedWritesWithAnError) {
  uint32_t word = 2;
  Core::Access access = access_to(&word, tlm::TLM_WRITE_COMMAND);
  access.privileged = false;
  attempt(access, tlm::TLM_GENERIC_ERROR_RESPONSE, 1);
}

TEST_F(MemoryAnswers, UnprivilegedAtomicsWithAnError) {
  uint32_t word = 2;
  Core::Access access = access_to(&word, tlm::TLM_IGNORE_COMMAND);
  access.atomic = Atomic::kSwap;
  access.privileged = false;
  attempt(access, tlm::TLM_GENERIC_ERROR_RESPONSE, 1);
}

TEST_F(MemoryAnswers, UnprivilegedReads) {
  uint32_t word = 2;
  Core::Access access = access_to(&word, tlm::TLM_READ_COMMAND);
  access.privileged = false;
  attempt(access, tlm::TLM_OK_RESPONSE, 1);
  EXPECT_EQ(word, 1u);
}

TEST_F(MemoryAnswers, StreamsWithAnError) {
  uint32_t word = 2;
  Core::Access access = access_to(&word, tlm::TLM_WRITE_COMMAND);
  access.streaming_width = 2;
  attempt(access, tlm::TLM_BURST_ERROR_RESPONSE, 1);
}

TEST_F(MemoryRefuses, Bytes) {
  expect_refused(
      [](Core &core) {
        uint8_t byte = 0;
        core.access(tlm::TLM_READ_COMMAND, kTestMemory, &byte, sizeof byte);
      },
      "TLM_BURST_ERROR_RESPONSE");
}

TEST_F(MemoryRefuses, AnAtomicWithoutAnOperation) {
  expect_refused([](Core &core) { atomic(core, Atomic::kNone, kTestMemory, 0); },
                 "TLM_COMMAND_ERROR_RESPONSE");
}

}  // namespace
}  // namespace lockarb
