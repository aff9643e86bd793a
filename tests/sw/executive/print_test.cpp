// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <sstream>
#include <string>
#include <vector>

#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// What DbgPrint() prints.
class Print : public WdmTest {
 protected:
  template <typename... Arguments>
  std::string print(const char *format, Arguments... arguments) {
    build({});
    run([&] { status_ = DbgPrint(format, arguments...); });
    return machine().printed();
  }
  ULONG status_ = 0;
};

// Wide characters of 16 bits; of the tests wchar_t has 32.
const WCHAR *wide(const char16_t *text) { return reinterpret_cast<const WCHAR *>(text); }

UNICODE_STRING unicode(const char16_t *text) {
  UNICODE_STRING string;
  RtlInitUnicodeString(&string, wide(text));
  return string;
}

TEST_F(Print, LongHas32Bits) {
  const LONG minus = -7;
  const NTSTATUS status = STATUS_UNSUCCESSFUL;
  EXPECT_EQ(print("%ld %li %lu %lx %lX %lo", minus, minus, minus, status, status, 8),
            "-7 -7 4294967289 c0000001 C0000001 10");
  EXPECT_EQ(print("%d %i %u %x", minus, minus, minus, minus), "-7 -7 4294967289 fffffff9");
  EXPECT_EQ(print("%I32d %I32u %I32x", minus, minus, minus), "-7 4294967289 fffffff9");
}

// Arguments behind the one are found: each takes the place that its size says.
TEST_F(Print, SizesSayHowLongAnIntegerIs) {
  const LONGLONG large = INT64_MIN;
  EXPECT_EQ(print("%I64d %I64u %I64x %lld %llX", large, large, large, large, large),
            "-9223372036854775808 9223372036854775808 8000000000000000 -9223372036854775808 "
            "8000000000000000");
  EXPECT_EQ(print("%Id %Iu %Ix %zu", ULONG_PTR(5), ULONG_PTR(6), ~ULONG_PTR(0), SIZE_T(7)),
            "5 6 " + std::string(2 * sizeof(ULONG_PTR), 'f') + " 7");
  EXPECT_EQ(print("%hd %hu %hx %hhd", 0x1FFFF, 0x1FFFF, 0x1FFFF, 0x180), "-1 65535 ffff -128");
  EXPECT_EQ(print("%lu %I64u %lu %ws %lu", 1, UINT64_C(2), 3, wide(u"four"), 5), "1 2 3 four 5");
}

TEST_F(Print, WidthsPrecisionsAndFlags) {
  EXPECT_EQ(print("[%5lu][%-5lu][%05lu][%.3lu][%5.3lu]", 42, 42, 42, 42, 42),
            "[   42][42   ][00042][042][  042]");
  EXPECT_EQ(print("[%*d][%-*d][%*d][%.*d]", 4, 7, 4, 7, -4, 7, 3, 7), "[   7][7   ][7   ][007]");
  EXPECT_EQ(print("[%+d][% d][%+d][%05d][%-05d]", 3, 3, -3, -3, -3), "[+3][ 3][-3][-0003][-3   ]");
  EXPECT_EQ(print("[%#lx][%#lX][%#lo][%#lx][%#010lx]", 255, 255, 8, 0, 255),
            "[0xff][0XFF][010][0][0x000000ff]");
  EXPECT_EQ(print("[%08lx][%.0d][%d]", STATUS_TIMEOUT, 0, 0), "[00000102][][0]");
  EXPECT_EQ(print("[%5s][%-5s][%.2s][%.*s]", "abc", "abc", "abc", 1, "abc"),
            "[  abc][abc  ][ab][a]");
}

TEST_F(Print, AddressesHaveAllTheirDigits) {
  const std::string zeros(2 * sizeof(PVOID) - 4, '0');
  EXPECT_EQ(print("%p|%p", PVOID(0xBEEF), PVOID(nullptr)), zeros + "BEEF|" + zeros + "0000");
  EXPECT_EQ(print("%20p|", PVOID(0xBEEF)), std::string(16 - zeros.size(), ' ') + zeros + "BEEF|");
}

// The host's differ from run to run; what is printed does not, and keeps distances.
TEST_F(Print, AddressesAreTheSameInEachRun) {
  if (sizeof(PVOID) < 8) GTEST_SKIP() << "as they are";
  static int variables[2];
  run([&] {
    char *block = static_cast<char *>(ExAllocatePoolWithTag(NonPagedPool, 100, 0x4C6F636B));
    DbgPrint("%p %p %p\n", KeGetCurrentThread(), block, block + 5);
    ExFreePoolWithTag(block, 0x4C6F636B);
    int local[2];
    DbgPrint("%p\n%p\n%p\n%p\n", &local[0], &local[1], &variables[0], &variables[1]);
    std::vector<int> elsewhere(1);
    DbgPrint("%p %p\n", elsewhere.data(), elsewhere.data());
  });
  std::vector<std::string> lines;
  std::istringstream text(machine().printed());
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[0], "FFFF900000010000 FFFF800001000000 FFFF800001000005");
  const auto value = [&](size_t line) { return std::stoull(lines[line], nullptr, 16); };
  EXPECT_THAT(lines[1], StartsWith("FFFFA00000F"));
  EXPECT_EQ(value(1) + sizeof(int), value(2));
  EXPECT_THAT(lines[3], StartsWith("FFFFF800"));
  EXPECT_EQ(value(3) + sizeof(int), value(4));
  EXPECT_EQ(lines[5], "FFFFB00000000010 FFFFB00000000010");
}

TEST_F(Print, CountedStrings) {
  UNICODE_STRING path = unicode(u"\\Device\\Lock");
  path.Length = 14;  // in bytes; what follows is not its own
  char text[] = "ansi!";
  ANSI_STRING ansi = {4, 5, text};
  EXPECT_EQ(print("%wZ %Z %lZ %hZ", &path, &ansi, &path, &ansi), "\\Device ansi \\Device ansi");
  EXPECT_EQ(print("[%10wZ][%-6Z][%.3wZ]", &path, &ansi, &path), "[   \\Device][ansi  ][\\De]");
  UNICODE_STRING none = {0, 0, nullptr};
  EXPECT_EQ(print("%wZ %wZ %Z", &none, PVOID(nullptr), PVOID(nullptr)), "(null) (null) (null)");
}

TEST_F(Print, WideAndNarrowStringsAndCharacters) {
  EXPECT_EQ(print("%s %hs %ws %ls %S %hS", "a", "b", wide(u"c"), wide(u"d"), wide(u"e"), "f"),
            "a b c d e f");
  EXPECT_EQ(print("%c%hc%wc%lc%C%%", 'a', 'b', 'c', u'\u00e4', u'\u20ac'), "abc\u00e4\u20ac%");
  EXPECT_EQ(print("%ws", wide(u"\u00e4\u20ac\U0001F512\xD800.\xDC00")),
            "\u00e4\u20ac\U0001F512\uFFFD.\uFFFD")
      << "UTF-8, and half a pair is no character";
  EXPECT_EQ(print("%s %ws", PVOID(nullptr), PVOID(nullptr)), "(null) (null)");
  const char open[] = {'n', 'o', ' ', 'e', 'n', 'd'};
  EXPECT_EQ(print("%.6s", open), "no end");
}

TEST_F(Print, FormatsThatTheWdkDoesNotHaveAreSaid) {
  machine().source_line = "";
  EXPECT_EQ(
      print("a %d %f %d\n", 1, 2.0, 3),
      "a 1 %f %d\nlockarb: DbgPrint by thread 1 (main): the WDK has no format %f; the message was "
      "printed as it is from there on\n");
  EXPECT_EQ(status_, ULONG(STATUS_INVALID_PARAMETER));
  for (const char *wrong : {"%n", "%y", "%I64s", "%wd", "%lle", "%", "%5", "%w"}) {
    EXPECT_THAT(print(wrong, 1), StartsWith(std::string(wrong) + "\nlockarb: DbgPrint")) << wrong;
    EXPECT_THAT(machine().printed(), HasSubstr(std::string("no format ") + wrong + ";"));
  }
  EXPECT_EQ(print("%d%%", 1), "1%");
  EXPECT_EQ(status_, ULONG(STATUS_SUCCESS));
}

TEST_F(Print, MessagesEndAfter512Bytes) {
  const std::string most(512, 'x');
  EXPECT_EQ(print("%s", (most + "y").c_str()), most);
  EXPECT_EQ(print("%600d|", 1), std::string(511, ' ') + "1");
  EXPECT_EQ(print("%s%wc.", most.substr(0, 511).c_str(), u'\u00e4'), most.substr(0, 511))
      << "no half of a character";
}

TEST_F(Print, ProgramsPrintWhatTheyDidBefore) {
  EXPECT_EQ(print("%u lookups, sum %u: %s\n", 5u, 7u, "right"), "5 lookups, sum 7: right\n");
}

class SpinLocks : public WdmTest {
 protected:
  KSPIN_LOCK lock_ = ~KSPIN_LOCK(0);
};

TEST_F(SpinLocks, KeepAnotherCoreOut) {
  int count = 0;
  run([&] {
    KeInitializeSpinLock(&lock_);
    const auto body = [&] {
      for (int i = 0; i < 50; i++) {
        KIRQL irql;
        KeAcquireSpinLock(&lock_, &irql);
        EXPECT_EQ(irql, PASSIVE_LEVEL);
        EXPECT_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
        const int before = count;
        KeStallExecutionProcessor(2);
        count = before + 1;
        KeReleaseSpinLock(&lock_, irql);
      }
    };
    const HANDLE a = spawn(body, {"a", 0});
    const HANDLE b = spawn(body, {"b", 1});
    join(a);
    join(b);
  });
  EXPECT_EQ(count, 100);
}

TEST_F(SpinLocks, TryDoesNotWait) {
  run([&] {
    KeInitializeSpinLock(&lock_);
    const HANDLE owner = spawn(
        [&] {
          const KIRQL irql = KeAcquireSpinLockRaiseToDpc(&lock_);
          KeStallExecutionProcessor(100);
          KeReleaseSpinLock(&lock_, irql);
        },
        {"owner", 1});
    KeStallExecutionProcessor(50);
    const KIRQL irql = KeRaiseIrqlToDpcLevel();
    EXPECT_FALSE(KeTestSpinLock(&lock_));
    EXPECT_FALSE(KeTryToAcquireSpinLockAtDpcLevel(&lock_));
    KeStallExecutionProcessor(100);
    EXPECT_TRUE(KeTryToAcquireSpinLockAtDpcLevel(&lock_));
    KeReleaseSpinLockFromDpcLevel(&lock_);
    KeLowerIrql(irql);
    join(owner);
  });
}

TEST_F(SpinLocks, ThatWaitForEachOtherEndInTheWatchdog) {
  KSPIN_LOCK other = 0;
  EXPECT_EQ(run([&] {
              KeInitializeSpinLock(&lock_);
              const auto take = [&](PKSPIN_LOCK first, PKSPIN_LOCK second) {
                return [=] {
                  KIRQL irql;
                  KeAcquireSpinLock(first, &irql);
                  KeStallExecutionProcessor(10);
                  KeAcquireSpinLockAtDpcLevel(second);
                };
              };
              spawn(take(&lock_, &other), {"a", 0});
              spawn(take(&other, &lock_), {"b", 1});
            }),
            Machine::End::kStopped);
  EXPECT_THAT(machine().printed(), HasSubstr("DPC_WATCHDOG_VIOLATION (0x1, 0x1E00, 0x0, 0x0)\n"
                                             "    routine  KeAcquireSpinLockAtDpcLevel\n"));
}

TEST_F(SpinLocks, MisuseIsABugCheck) {
  const auto stops = [&](const char *code, const std::function<void()> &misuse) {
    build({});
    EXPECT_EQ(run([&] {
                KeInitializeSpinLock(&lock_);
                misuse();
              }),
              Machine::End::kStopped);
    EXPECT_THAT(machine().printed(), HasSubstr(code));
  };
  KIRQL irql;
  stops("SPIN_LOCK_ALREADY_OWNED", [&] {
    KeAcquireSpinLock(&lock_, &irql);
    KeAcquireSpinLockAtDpcLevel(&lock_);
  });
  stops("SPIN_LOCK_NOT_OWNED", [&] { KeReleaseSpinLock(&lock_, PASSIVE_LEVEL); });
  stops("IRQL_NOT_LESS_OR_EQUAL", [&] { KeAcquireSpinLockAtDpcLevel(&lock_); });
  stops("IRQL_NOT_LESS_OR_EQUAL", [&] { KeTryToAcquireSpinLockAtDpcLevel(&lock_); });
  stops("IRQL_NOT_GREATER_OR_EQUAL", [&] {
    KfRaiseIrql(HIGH_LEVEL);
    KeAcquireSpinLock(&lock_, &irql);
  });
}

}  // namespace
}  // namespace lockarb
