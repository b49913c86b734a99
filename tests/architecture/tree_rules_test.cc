#include "tests/architecture/tree_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/architecture/testing_tree.h"

namespace architecture {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(TopLevelTest, HoldsInTheProject) { EXPECT_THAT(CheckTopLevel(RealTree()), IsEmpty()); }

TEST(TopLevelTest, FindsAStrayFolderAndFile) {
  EXPECT_THAT(
      CheckTopLevel({{"src/a.cc", ""}, {"notes.txt", ""}, {"README.md", ""}, {".gitignore", ""}}),
      SizeIs(2));
}

TEST(PragmaOnceTest, HoldsInTheProject) { EXPECT_THAT(CheckPragmaOnce(RealTree()), IsEmpty()); }

TEST(PragmaOnceTest, FindsAHeaderWithout) {
  EXPECT_THAT(CheckPragmaOnce({{"a.h", "// #pragma once\n"}, {"b.h", "#pragma once\n"}}),
              SizeIs(1));
}

TEST(ReadmesTest, StandInTheProject) { EXPECT_THAT(CheckReadmes(RealTree()), IsEmpty()); }

TEST(ReadmesTest, FindsAFolderWithout) {
  EXPECT_THAT(CheckReadmes({{"eventstore/log/a.cc", ""},
                            {"eventstore/README.md", ""},
                            {"services/node/a.cc", ""},
                            {"services/node/README.md", ""}}),
              SizeIs(1));
}

TEST(UnfinishedWorkTest, IsNotInTheProject) {
  EXPECT_THAT(CheckUnfinishedWork(RealTree()), IsEmpty());
}

TEST(UnfinishedWorkTest, IsFound) {
  EXPECT_THAT(
      CheckUnfinishedWork({{"a.cc", std::string("// TO") + "DO(x): y\n"}, {"b.cc", "// done\n"}}),
      SizeIs(1));
}

TEST(MachineWordsTest, AreNotInTheProject) {
  EXPECT_THAT(CheckMachineWords(RealTree()), IsEmpty());
}

TEST(MachineWordsTest, AreFound) {
  const std::string home = std::string("/ho") + "me/";
  EXPECT_THAT(CheckMachineWords({{"a.md", "see " + home + "somebody/x\n"}}), SizeIs(1));
  EXPECT_THAT(CheckMachineWords({{"a.md", "see $PREFIX" + home + "somebody/x\n"}}), IsEmpty());
  EXPECT_THAT(CheckMachineWords({{"a.json", std::string("\"res") + "olved\": 1\n"}}), SizeIs(1));
}

}  // namespace
}  // namespace architecture
