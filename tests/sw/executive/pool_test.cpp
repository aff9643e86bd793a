// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr ULONG kTag = 0x6B636F4C;  // 'Lock'

class Pool : public WdmTest {
 protected:
  void expect_stop(const std::string &parameters, const std::function<void()> &body) {
    EXPECT_EQ(run(body), Machine::End::kStopped);
    EXPECT_THAT(machine().printed(),
                StartsWith("\n*** STOP 0x000000C2 BAD_POOL_CALLER (" + parameters + ")\n"));
  }

  static bool is_filled(const void *memory, unsigned char value, std::size_t size) {
    const auto *bytes = static_cast<const unsigned char *>(memory);
    return std::all_of(bytes, bytes + size, [=](unsigned char b) { return b == value; });
  }
};

TEST_F(Pool, ZeroesOnlyWhereItSays) {
  run([] {
    PVOID memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, kTag);
    EXPECT_TRUE(is_filled(memory, 0, 100));
    ExFreePool(memory);
    memory = ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_UNINITIALIZED, 100, kTag);
    EXPECT_TRUE(is_filled(memory, 0xCC, 100));
    ExFreePool(memory);
    memory = ExAllocatePoolWithTag(NonPagedPoolNx, 100, kTag);
    EXPECT_TRUE(is_filled(memory, 0xCC, 100)) << "memory that looks initialized hides errors";
    ExFreePoolWithTag(memory, kTag);
    memory = ExAllocatePoolZero(PagedPool, 100, kTag);
    EXPECT_TRUE(is_filled(memory, 0, 100));
    ExFreePoolWithTag(memory, 0);
  });
}

TEST_F(Pool, AlignsAndKeepsBlocksApart) {
  run([] {
    std::vector<PVOID> blocks;
    for (int i = 0; i < 50; i++) {
      PVOID memory = ExAllocatePool2(
          i % 2 == 0 ? POOL_FLAG_NON_PAGED | POOL_FLAG_CACHE_ALIGNED : POOL_FLAG_PAGED,
          static_cast<SIZE_T>(i), kTag);
      EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % (i % 2 == 0 ? 64 : 16), 0u);
      std::memset(memory, i, static_cast<std::size_t>(i));
      blocks.push_back(memory);
    }
    for (int i = 0; i < 50; i++) {
      const std::size_t at = static_cast<std::size_t>(i * 7 % 50);  // in another order
      EXPECT_TRUE(is_filled(blocks[at], static_cast<unsigned char>(at), at));
      ExFreePoolWithTag(blocks[at], kTag);
    }
  });
}

TEST_F(Pool, SaysWhenThereIsNoMemory) {
  EXPECT_EQ(run([] {
              EXPECT_EQ(ExAllocatePool2(POOL_FLAG_NON_PAGED, SIZE_MAX - 8, kTag), nullptr);
              EXPECT_EQ(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 8, kTag), nullptr);
              EXPECT_EQ(ExAllocatePool2(POOL_FLAG_UNINITIALIZED, 8, kTag), nullptr);
              ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, SIZE_MAX - 8, kTag);
            }),
            Machine::End::kStopped);
  EXPECT_THAT(machine().printed(), HasSubstr("NOT_HANDLED (0xC000009A, 0x0, 0x0, 0x0)\n"
                                             "    routine  ExAllocatePool2\n"));
}

TEST_F(Pool, WrongTag) {
  expect_stop("0xA, pool block 2, 0x6B636F4C, 0x1", [] {
    ExAllocatePoolWithTag(NonPagedPool, 8, kTag);
    ExFreePoolWithTag(ExAllocatePoolWithTag(NonPagedPool, 8, kTag), 1);
  });
}

TEST_F(Pool, FreedTwice) {
  expect_stop("0x7, 0x0, 0x0, pool block 1", [] {
    PVOID memory = ExAllocatePoolWithTag(NonPagedPool, 8, kTag);
    ExFreePoolWithTag(memory, kTag);
    ExFreePool(memory);
  });
}

TEST_F(Pool, FreeOfWhatWasNotAllocated) {
  expect_stop("0x46, 0x1000, 0x0, 0x0", [] { ExFreePool(reinterpret_cast<PVOID>(0x1000)); });
}

TEST_F(Pool, FreeOfTheMiddleOfABlock) {
  expect_stop("0x46, pool block 1 + 0x10, 0x0, 0x0",
              [] { ExFreePool(static_cast<char *>(ExAllocatePool(NonPagedPool, 64)) + 16); });
}

TEST_F(Pool, PagedPoolNeedsALowIrql) {
  expect_stop("0x8, 0x2, 0x1, 0x8", [] {
    KeRaiseIrqlToDpcLevel();
    ExFreePool(ExAllocatePoolWithTag(NonPagedPool, 8, kTag));
    ExAllocatePoolWithTag(PagedPool, 8, kTag);
  });
}

TEST_F(Pool, PagedPoolIsFreedAtALowIrql) {
  expect_stop("0x9, 0x2, 0x1, pool block 1", [] {
    PVOID memory = ExAllocatePoolWithTag(PagedPool, 8, kTag);
    KeRaiseIrqlToDpcLevel();
    ExFreePool(memory);
  });
}

TEST_F(Pool, TagZero) {
  expect_stop("0x9B, 0x1, 0x8, 0x0", [] { ExAllocatePoolWithTag(PagedPool, 8, 0); });
}

TEST_F(Pool, ResourceInPoolThatIsFreedInUseStaysUnnoticedWithoutTheVerifier) {
  EXPECT_EQ(run([] {
              auto *resource = static_cast<PERESOURCE>(
                  ExAllocatePool2(POOL_FLAG_PAGED, sizeof(ERESOURCE), kTag));
              ExInitializeResourceLite(resource);
              ExFreePoolWithTag(resource, kTag);
            }),
            Machine::End::kAllEnded);
  EXPECT_EQ(machine().printed(), "");
}

}  // namespace
}  // namespace lockarb
