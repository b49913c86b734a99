#include "tests/architecture/test_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/architecture/testing_tree.h"

namespace architecture {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// A tree with one test that is built and mirrors its file.
SourceTree GoodTree() {
  return {{"eventstore/log/append.cc", ""},
          {"tests/CMakeLists.txt", "add_subdirectory(eventstore)\n"},
          {"tests/eventstore/CMakeLists.txt", "add_subdirectory( log )\n"},
          {"tests/eventstore/log/CMakeLists.txt", "poolcirkel_tests(DEPENDS eventstore_log)\n"},
          {"tests/eventstore/log/append_test.cc", "TEST(A, B) {}\n"}};
}

TEST(TestsAreBuiltTest, HoldsInTheProject) {
  EXPECT_THAT(CheckTestsAreBuilt(RealTree()), IsEmpty());
}

TEST(TestsAreBuiltTest, AcceptsABuiltTest) {
  EXPECT_THAT(CheckTestsAreBuilt(GoodTree()), IsEmpty());
}

TEST(TestsAreBuiltTest, FindsAFolderThatMakesNoTests) {
  SourceTree tree = GoodTree();
  tree[3].text = "# poolcirkel_tests(DEPENDS eventstore_log)\n";
  EXPECT_THAT(CheckTestsAreBuilt(tree), SizeIs(1));
}

TEST(TestsAreBuiltTest, FindsAFolderThatIsNotReached) {
  SourceTree tree = GoodTree();
  tree[1].text = "# add_subdirectory(eventstore)\n";
  EXPECT_THAT(CheckTestsAreBuilt(tree), SizeIs(1));
}

TEST(TestsAreBuiltTest, FindsTestsBesideTheProduct) {
  EXPECT_THAT(CheckTestsAreBuilt({{"eventstore/log/append_test.cc", ""}}), SizeIs(1));
}

TEST(TestsAreBuiltTest, FindsDisabledTests) {
  SourceTree tree = GoodTree();
  tree[4].text = "TEST(A, DISABLED_B) {}\n";
  EXPECT_THAT(CheckTestsAreBuilt(tree), SizeIs(1));
}

TEST(TestsMirrorTest, HoldsInTheProject) {
  EXPECT_THAT(CheckTestsMirrorTheTree(RealTree()), IsEmpty());
}

TEST(TestsMirrorTest, AcceptsFoldersFilesAndScenarios) {
  SourceTree tree = GoodTree();
  tree.push_back({"tests/eventstore/log/append/twice_test.cc", ""});
  tree.push_back({"tests/eventstore/log_test.cc", ""});
  tree.push_back({"tests/scenarios/two_lenders_one_seat_test.cc", ""});
  EXPECT_THAT(CheckTestsMirrorTheTree(tree), IsEmpty());
}

TEST(TestsMirrorTest, FindsATestOfNothing) {
  SourceTree tree = GoodTree();
  tree.push_back({"tests/eventstore/journal/append_test.cc", ""});
  tree.push_back({"tests/append_test.cc", ""});
  EXPECT_THAT(CheckTestsMirrorTheTree(tree), SizeIs(2));
}

}  // namespace
}  // namespace architecture
