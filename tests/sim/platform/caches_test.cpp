// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/platform/parts_fixture.h"

namespace lockarb {
namespace {

constexpr CacheCosts kCosts;
constexpr uint64_t kOtherLine = kTestMemory + Caches::kLineBytes;

class CachedMemory : public Parts {
 protected:
  void build_with_caches(const std::vector<Software>& software, bool reversed = false) {
    build(software, reversed);
    bus->cache(0, kCosts);
  }
  // Clocks that something takes its core.
  template <class What>
  static uint64_t cost(Core& core, const What& what) {
    const uint64_t before = core.clock();
    what();
    return core.clock() - before;
  }
  static void at(Core& core, uint64_t clock) { core.compute(clock - core.clock(), false); }
};

TEST_F(CachedMemory, AMissIsATransferAndAHitIsNone) {
  build_with_caches({[&](Core& core) {
    EXPECT_EQ(cost(core, [&] { read(core, kTestMemory); }), kCosts.line);
    EXPECT_EQ(cost(core, [&] { read(core, kTestMemory + 4); }), kCosts.read_hit) << "the same line";
    EXPECT_EQ(cost(core, [&] { write(core, kTestMemory, 7); }), kCosts.write_hit)
        << "nobody else has it";
    EXPECT_EQ(cost(core, [&] { EXPECT_EQ(atomic(core, Atomic::kAdd, kTestMemory, 3), 7u); }),
              kCosts.atomic_hit);
    EXPECT_EQ(cost(core, [&] { EXPECT_EQ(read(core, kTestMemory), 10u); }), kCosts.read_hit);
    EXPECT_EQ(cost(core, [&] { read(core, kOtherLine); }), kCosts.line);
  }});
  sc_core::sc_start();
  EXPECT_EQ(bus->transfers(), 2u);
}

TEST_F(CachedMemory, AWriteTakesTheLineFromAllWhoReadIt) {
  build_with_caches(
      {[&](Core& core) {
         read(core, kTestMemory);
         at(core, 1000);
         EXPECT_EQ(cost(core, [&] { EXPECT_EQ(read(core, kTestMemory), 5u); }), kCosts.line);
         EXPECT_EQ(cost(core, [&] { write(core, kTestMemory, 6); }), kCosts.line)
             << "another one may read it";
       },
       [&](Core& core) {
         at(core, 200);
         read(core, kTestMemory);
         at(core, 500);
         EXPECT_EQ(cost(core, [&] { write(core, kTestMemory, 5); }), kCosts.line);
         EXPECT_EQ(cost(core, [&] { write(core, kTestMemory, 5); }), kCosts.write_hit);
       }});
  sc_core::sc_start();
}

TEST_F(CachedMemory, WhoSpinsOnAWordOfItsCacheDisturbsNobodyAndSeesTheWrite) {
  build_with_caches({[&](Core& core) {
                       while (read(core, kTestMemory) == 0) core.compute(8, false);
                       EXPECT_GE(core.clock(), 5000 + kCosts.line);
                       EXPECT_LE(core.clock(), 5000 + 2 * kCosts.line + 8);
                     },
                     [&](Core& core) {
                       at(core, 5000);
                       write(core, kTestMemory, 1);
                     }});
  sc_core::sc_start();
  EXPECT_EQ(bus->transfers(), 3u) << "its first read, the write, and its read after that";
}

class CachesOfCoresThatSystemCRuns : public CachedMemory,
                                     public testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(InEachOrder, CachesOfCoresThatSystemCRuns, testing::Bool());

TEST_P(CachesOfCoresThatSystemCRuns, GetALineOneAfterTheOther) {
  std::vector<uint64_t> ends(3);
  const auto swap_once = [&](Core& core) {
    at(core, 100);
    atomic(core, Atomic::kSwap, kTestMemory, 1);
    ends[core.number()] = core.clock();
  };
  build_with_caches({swap_once, swap_once, swap_once}, GetParam());
  sc_core::sc_start();
  EXPECT_THAT(
      ends, testing::ElementsAre(100 + kCosts.line, 100 + 2 * kCosts.line, 100 + 3 * kCosts.line));
}

TEST_F(CachedMemory, LinesOfDifferentCoresComeAtTheSameTime) {
  std::vector<uint64_t> ends(2);
  const auto read_own = [&](Core& core) {
    at(core, 100);
    read(core, kTestMemory + Caches::kLineBytes * core.number());
    ends[core.number()] = core.clock();
  };
  build_with_caches({read_own, read_own});
  sc_core::sc_start();
  constexpr uint64_t kTransfer = Bus::kRequestClocks + Memory::kAccessClocks + Bus::kResponseClocks;
  EXPECT_THAT(ends, testing::ElementsAre(100 + kCosts.line, 100 + kTransfer + kCosts.line));
}

TEST_F(CachedMemory, ADeviceIsFurtherAway) {
  build({[&](Core& core) {
    const uint64_t plain = cost(core, [&] { read(core, kTestClint); });
    bus->cache(0, kCosts);
    EXPECT_EQ(cost(core, [&] { read(core, kTestClint); }), plain + kCosts.device);
  }});
  sc_core::sc_start();
}

}  // namespace
}  // namespace lockarb
