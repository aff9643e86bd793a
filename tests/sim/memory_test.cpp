#include <stdexcept>

#include "parts_fixture.h"

namespace lockarb {
namespace {

using testing::HasSubstr;

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

class MemoryRefuses : public Parts {
 protected:
  void expect_refused(const Software &software, const char *status) {
    build({software});
    try {
      sc_core::sc_start();
      FAIL() << "was not refused";
    } catch (const std::exception &error) {
      EXPECT_THAT(error.what(), HasSubstr(status));
    }
  }
};

TEST_F(MemoryRefuses, UnalignedWords) {
  expect_refused([](Core &core) { read(core, kTestMemory + 2); }, "TLM_BURST_ERROR_RESPONSE");
}

TEST_F(MemoryRefuses, Bytes) {
  expect_refused(
      [](Core &core) {
        uint8_t byte = 0;
        core.access(tlm::TLM_READ_COMMAND, kTestMemory, &byte, sizeof byte);
      },
      "TLM_BURST_ERROR_RESPONSE");
}

}  // namespace
}  // namespace lockarb
