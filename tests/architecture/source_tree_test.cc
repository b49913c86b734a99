#include "tests/architecture/source_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/architecture/testing_tree.h"

namespace architecture {
namespace {

using ::testing::ElementsAre;

TEST(SourceTreeTest, HoldsTheProjectAndNothingThatIsBuilt) {
  int cpp_files = 0;
  for (const SourceFile& file : RealTree()) {
    cpp_files += IsCpp(file.path) ? 1 : 0;
    EXPECT_FALSE(IsIn(file.path, {"build", ".git"})) << file.path;
  }
  EXPECT_GT(cpp_files, 20);
}

TEST(SourceTreeTest, LinesKeepEmptyOnes) {
  EXPECT_THAT(Lines("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(Lines("a\n"), ElementsAre("a"));
}

TEST(SourceTreeTest, IsInComparesWholeFolderNames) {
  EXPECT_TRUE(IsIn("eventstore/log/append.cc", {"eventstore/log"}));
  EXPECT_TRUE(IsIn("eventstore/base/clock.cc", {"eventstore/base/clock.cc"}));
  EXPECT_FALSE(IsIn("eventstore/logging/append.cc", {"eventstore/log"}));
  EXPECT_FALSE(IsIn("eventstore/log/append.cc", {}));
}

TEST(SourceTreeTest, SplitsPaths) {
  EXPECT_EQ(FolderOf("a/b/c.cc"), "a/b");
  EXPECT_EQ(NameOf("a/b/c.cc"), "c.cc");
  EXPECT_EQ(FolderOf("c.cc"), "");
}

}  // namespace
}  // namespace architecture
