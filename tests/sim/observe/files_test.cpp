// SPDX-License-Identifier: Apache-2.0
// What the commands write, and what they leave: each in a process of its own.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/run/command_line_fixture.h"

namespace lockarb {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char *kJson = "{\n  \"version\": 1,\n  \"name\": \"handoff\",";

class Files : public CommandLine {
 protected:
  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto &entry : fs::directory_iterator(folder_)) names.insert(entry.path().filename());
    return names;
  }
  // In the folder, so that names are short; `$L` is the command, `$S` a scenario.
  Result in_folder(const std::string &commands) const {
    return shell("cd " + folder_.string() +
                 " || exit 99\nL=" LOCKARB_COMMAND "\nS=" + shipped("handoff") +
                 "\nP=" LOCKARB_TEST_PROGRAMS
                 // A shell lets what it starts in the background ignore SIGINT and SIGQUIT.
                 "\nB='env --default-signal " LOCKARB_COMMAND "'\n" +
                 // Waits until a run has begun, whatever the load of the host.
                 "begun() { until ls -A | grep '^[.]lockarb'; do sleep 0.1; done; }\n" + commands);
  }
  std::string endless() const {
    return scenario("cores: 2\nthreads: [{count: 2, loop: 1000000000}]\n");
  }
};

TEST_F(Files, LinksAreFollowed) {
  const Result result = in_folder(
      "mkdir there && echo old > there/old && ln -s there/old a.json && ln -s there/new.fst a.fst "
      "&& ln -s a.json b.json && $L run $S --json b.json --trace a.fst");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(fs::is_symlink(file("a.json")) && fs::is_symlink(file("b.json")) &&
              fs::is_symlink(file("a.fst")));
  EXPECT_THAT(contents(file("there/old")), StartsWith(kJson));
  EXPECT_GT(fs::file_size(file("there/new.fst")), 1000u) << "a link to what did not exist yet";
  EXPECT_EQ(names(), (std::set<std::string>{"a.fst", "a.json", "b.json", "there"}));
}

TEST_F(Files, PipesAreWrittenTo) {
  ASSERT_EQ(in_folder("$L run $S --trace a.vcd && $L run $S --trace a.fst").exit_code, 0);
  for (const std::string name : {"p.json", "p.vcd", "p.fst"}) {
    ASSERT_EQ(mkfifo(file(name).c_str(), 0600), 0);
    const Result result = in_folder("cat " + name + " > got & $L run $S " +
                                    (name == "p.json" ? "--json " : "--trace ") + name +
                                    "; code=$?; wait; exit $code");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_TRUE(fs::is_fifo(file(name))) << name << " was replaced";
    if (name == "p.json") {
      EXPECT_THAT(contents(file("got")), StartsWith(kJson));
    } else {
      EXPECT_EQ(contents(file("got")), contents(file("a" + name.substr(1)))) << name;
    }
  }
}

TEST_F(Files, DevicesAreWrittenTo) {
  if (mknod(file("null").c_str(), S_IFCHR | 0666, 1 << 8 | 3) != 0) {
    GTEST_SKIP() << "making a device takes root";
  }
  const Result result = in_folder("$L run $S --json null");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_TRUE(fs::is_character_file(file("null"))) << "a device was replaced by a file";
}

TEST_F(Files, StandardOutputTakesTableAndJson) {
  for (const char *path : {"/dev/stdout", "/dev/fd/1", "link"}) {
    const Result result =
        in_folder(std::string("ln -sf /proc/self/fd/1 link; echo before > out; $L run $S --json ") +
                  path + " >> out; echo after >> out");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_THAT(contents(file("out")), AllOf(StartsWith("before\nhandoff: 3 cores"),
                                             HasSubstr(kJson), EndsWith("}\nafter\n")))
        << path;
    EXPECT_TRUE(fs::is_symlink(file("link")));
  }
}

TEST_F(Files, RefusesOneFileForTwoThings) {
  in_folder("cp $S s.yaml && ln -s s.yaml link && ln s.yaml hard && mkdir d && ln -s ../d d/e");
  const std::string before = contents(file("s.yaml"));
  for (const std::string pair :
       {"s.yaml --json s.yaml", "s.yaml --json ./s.yaml", "s.yaml --json link",
        "s.yaml --json hard", "link --json d/../s.yaml", "s.yaml --json x.fst --trace x.fst",
        "s.yaml --json d/x.fst --trace d/e/x.fst", "s.yaml --json out > out"}) {
    const Result result = in_folder("$L run " + pair);
    EXPECT_EQ(result.exit_code, 2) << pair;
    EXPECT_THAT(result.output, HasSubstr("give one of them another name")) << pair;
    EXPECT_EQ(contents(file("s.yaml")), before) << pair;
  }
  EXPECT_THAT(in_folder("$L run s.yaml --trace d/x.fst --json d/e/x.fst").output,
              HasSubstr("--trace d/x.fst and --json d/e/x.fst are one file"));
  EXPECT_THAT(in_folder("$L run s.yaml --json hard").output,
              HasSubstr("the scenario s.yaml and --json hard are one file"));
  EXPECT_EQ(names(), (std::set<std::string>{"d", "hard", "link", "out", "s.yaml"}));
  EXPECT_EQ(in_folder("$L run s.yaml --json /dev/null --trace d/x.fst").exit_code, 0);
}

TEST_F(Files, FolderIsNoFile) {
  for (const char *name : {"d", "d/", "new/"}) {
    const Result result = in_folder(std::string("mkdir -p d; $L run $S --json ") + name);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.output, HasSubstr("it is a folder; give the name of a file")) << name;
  }
}

// Each way in which a disk can be full, on each kind of output.
TEST_F(Files, FullDiskIsSaidAndNothingStays) {
  for (const std::string output : {"--json a.json", "--trace a.vcd", "--trace a.fst"}) {
    const std::string name = output.substr(output.find(' ') + 1);
    // /dev/full has no space ever.
    const Result device = in_folder("ln -s /dev/full " + name + " && $L run $S " + output);
    EXPECT_EQ(device.exit_code, 2) << output;
    EXPECT_THAT(device.output, HasSubstr("no space left on " + name + "; free some")) << output;
    fs::remove(file(name));
    // Two blocks: less than each of them needs.
    const Result limit = in_folder("(ulimit -f 2; timeout -k 1 20 $L run $S " + output + ")");
    EXPECT_EQ(limit.exit_code, 2) << output << "\n" << limit.output;
    EXPECT_THAT(limit.output, HasSubstr("no space left on " + name + ": the limit")) << output;
    EXPECT_EQ(names(), std::set<std::string>{}) << output;
  }
}

TEST_F(Files, FullFileSystemIsSaidAndNothingStays) {
  const std::string mount = "mkdir -p d && mount -t tmpfs -o size=64k tmpfs d";
  if (in_folder("unshare -rm sh -c '" + mount + "'").exit_code != 0) {
    GTEST_SKIP() << "mounting a file system is not allowed here";
  }
  for (const std::string kind : {"json", "vcd", "fst"}) {
    const std::string option = kind == "json" ? "--json" : "--trace";
    const std::string kilobytes = kind == "json" ? "63" : "44";
    const Result result = in_folder("L=$L S=$S unshare -rm sh -c '" + mount +
                                    " && dd if=/dev/zero of=d/fill bs=1k count=" + kilobytes +
                                    " 2>/dev/null; timeout -k 1 20 $L run $S " + option + " d/a." +
                                    kind + "; echo code $?; ls -A d'");
    EXPECT_THAT(result.output,
                AllOf(HasSubstr("no space left on d/a." + kind), EndsWith("code 2\nfill\n")));
  }
}

TEST_F(Files, FullDiskEndsALongRun) {
  const Result result =
      in_folder("ln -s /dev/full a.vcd && timeout -k 1 20 $L run " + endless() + " --trace a.vcd");
  EXPECT_EQ(result.exit_code, 2) << "it ran on without its waveform";
  EXPECT_EQ(result.output,
            "lockarb: no space left on a.vcd; free some, or write to another disk\n");
}

TEST_F(Files, OneThatCannotBeWrittenLosesNotTheOther) {
  const Result result =
      in_folder("ln -s /dev/full a.json && $L run $S --json a.json --trace a.fst");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("no space left on a.json"));
  EXPECT_GT(fs::file_size(file("a.fst")), 1000u);
}

TEST_F(Files, FullStandardOutputIsSaid) {
  for (const std::string command :
       {"$L run $S", "$L --help", "$L run --help", "$L --version", "$L probe --help",
        "$P/source_line_program", "$P/verifier_program --help", LOCKARB_PROGRAMS "/smallest"}) {
    const Result result = in_folder(command + " > /dev/full");
    EXPECT_EQ(result.exit_code, 2) << command;
    EXPECT_THAT(result.output, HasSubstr("no space left on the standard output")) << command;
  }
  const Result closed = in_folder("$L run $S --json a.json >&-");
  EXPECT_EQ(closed.exit_code, 2);
  EXPECT_THAT(closed.output, HasSubstr("cannot write the standard output: Bad file descriptor"));
  EXPECT_THAT(contents(file("a.json")), AllOf(StartsWith(kJson), EndsWith("}\n")))
      << "the table went into the JSON file, or that was lost";
}

TEST_F(Files, ReaderThatHasEnoughEndsTheRunQuietly) {
  const Result result = in_folder("($L run $S; echo code $? >&2) | true");
  EXPECT_THAT(result.output, testing::AnyOf(HasSubstr("code 141"), HasSubstr("code 0")));
  EXPECT_THAT(result.output, Not(HasSubstr("lockarb:")));
}

TEST_F(Files, ReaderThatDoesNotReadDoesNotKeepTheRunFromItsEnd) {
  ASSERT_EQ(mkfifo(file("p.vcd").c_str(), 0600), 0);
  const Result result = in_folder(
      "(sleep 60 < p.vcd & echo $! > reader); timeout --foreground --preserve-status -k 5 -s TERM "
      "4 $L run " +
      endless() + " --trace p.vcd; code=$?; kill $(cat reader); exit $code");
  EXPECT_EQ(result.exit_code, 143) << "137: it took SIGKILL to end it";
}

TEST_F(Files, TemporaryNamesAreNobodyElses) {
  // Names that a temporary file had once: what they lead to must stay.
  in_folder("echo precious > victim && ln -s victim a.json.part && ln -s victim a.fst.part.hier");
  EXPECT_EQ(in_folder("$L run $S --json a.json --trace a.fst").exit_code, 0);
  EXPECT_EQ(contents(file("victim")), "precious\n");
  std::set<std::string> hidden;
  for (int run = 0; run < 2; ++run) {
    const Result result =
        in_folder("$L run " + endless() + " --json a.json & run=$!; begun; kill $run; wait $run");
    EXPECT_EQ(result.exit_code, 143) << result.output;
    hidden.insert(result.output.substr(0, result.output.find('\n')));
  }
  EXPECT_EQ(hidden.size(), 2u) << "two runs had a temporary file of one name";
}

TEST_F(Files, LastRunOfOneNameWins) {
  const std::string longer = shipped("apc_traffic");
  ASSERT_EQ(in_folder("$L run $S --trace h.fst && $L run " + longer + " --trace w.fst").exit_code,
            0);
  const Result result = in_folder("$L run $S --trace t.fst & one=$!; $L run " + longer +
                                  " --trace t.fst; echo code $?; wait $one; echo code $?");
  EXPECT_THAT(result.output, HasSubstr("code 0\n"));
  EXPECT_THAT(result.output, Not(HasSubstr("code 2"))) << result.output;
  EXPECT_THAT(contents(file("t.fst")),
              testing::AnyOf(contents(file("h.fst")), contents(file("w.fst"))))
      << "the two runs are mixed";
  EXPECT_EQ(names(), (std::set<std::string>{"h.fst", "t.fst", "w.fst"}));
}

TEST_F(Files, KeepTheirRights) {
  in_folder(
      "echo old > a.json && chmod 640 a.json && umask 027 && $L run $S --json a.json --trace "
      "a.fst");
  struct stat status;
  ASSERT_EQ(stat(file("a.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  ASSERT_EQ(stat(file("a.fst").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u) << "a new file has the rights that the umask leaves";
}

struct Ending {
  const char *name;
  int signal;
};

class EndedBySignal : public Files, public testing::WithParamInterface<Ending> {};

TEST_P(EndedBySignal, LeavesNothingHalfMade) {
  const int signal = GetParam().signal;
  const Result result = in_folder(
      "$B run " + endless() +
      " --trace a.vcd --trace-to 20us --json a.json & run=$!; begun; until grep -qs '^#20000' "
      ".lockarb.*; do sleep 0.1; done; kill -" +
      GetParam().name + " $run; wait $run");
  EXPECT_EQ(result.exit_code, 128 + signal) << result.output;
  fs::remove(file("core"));
  std::set<std::string> left = {"scenario.yaml"};
  // Those that ask for the end, and a failed assert(), leave a waveform that is complete up to
  // there.
  if (signal != SIGQUIT && signal != SIGSEGV) {
    left.insert("a.vcd");
    EXPECT_THAT(contents(file("a.vcd")), HasSubstr("\n#20000\n"));
  }
  EXPECT_EQ(names(), left);
}

INSTANTIATE_TEST_SUITE_P(All, EndedBySignal,
                         testing::Values(Ending{"HUP", SIGHUP}, Ending{"INT", SIGINT},
                                         Ending{"TERM", SIGTERM}, Ending{"QUIT", SIGQUIT},
                                         Ending{"SEGV", SIGSEGV}, Ending{"ABRT", SIGABRT}),
                         [](const auto &info) { return std::string(info.param.name); });

TEST_F(Files, SecondSignalLeavesNothingEither) {
  // Stopped, so that both are there before it can end by the first.
  const Result result = in_folder("$B run " + endless() +
                                  " --json a.json & run=$!; begun; kill -STOP $run; kill -INT "
                                  "$run; kill -TERM $run; kill -CONT $run; wait $run");
  EXPECT_THAT(result.exit_code, testing::AnyOf(130, 143));
  EXPECT_EQ(names(), std::set<std::string>{"scenario.yaml"});
}

TEST_F(Files, IgnoredHangUpStaysIgnored) {
  const Result result = in_folder("trap '' HUP; $L run " + endless() +
                                  " --json a.json & run=$!; begun; kill -HUP $run; sleep 0.5; "
                                  "kill -TERM $run; wait $run");
  EXPECT_EQ(result.exit_code, 143) << "nohup does not keep it";
}

}  // namespace
}  // namespace lockarb
