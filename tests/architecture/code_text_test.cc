#include "tests/architecture/code_text.h"

#include <gtest/gtest.h>

#include <string>

namespace architecture {
namespace {

TEST(CodeTextTest, BlanksCommentsAndKeepsLines) {
  EXPECT_EQ(BlankCommentsAndLiterals("a // b\nc /* d\n e */ f"), "a     \nc     \n      f");
}

TEST(CodeTextTest, BlanksTheInsideOfLiterals) {
  EXPECT_EQ(BlankCommentsAndLiterals(R"(f("a\"{b", '}', '\''))"), R"(f("     ", ' ', '  '))");
}

TEST(CodeTextTest, ReadsDigitSeparatorsAsNumbers) {
  EXPECT_EQ(BlankCommentsAndLiterals("1'000 + x // y"), "1'000 + x     ");
}

TEST(CodeTextTest, BlanksRawStrings) {
  EXPECT_EQ(BlankCommentsAndLiterals("x = R\"a(\"{)a\" + 1"),
            "x = " + std::string(9, ' ') + " + 1");
}

TEST(CodeTextTest, BlanksDirectivesWithTheirContinuation) {
  EXPECT_EQ(BlankAllButCode("#define A \\\n  {\nint b;"), "           \n   \nint b;");
}

TEST(CodeTextTest, FindsWholeWordsOnly) {
  EXPECT_EQ(FindWord("x = std::mutex();", "std::mutex"), 4U);
  EXPECT_EQ(FindWord("x = std::mutex_like();", "std::mutex"), std::string_view::npos);
  EXPECT_EQ(FindWord("mythrow(); throw 1;", "throw"), 11U);
}

TEST(CodeTextTest, TellsFreeFunctionsFromMembers) {
  EXPECT_TRUE(CallsFreeFunction("int f = ::open(path);", "open"));
  EXPECT_TRUE(CallsFreeFunction("int f = open (path);", "open"));
  EXPECT_TRUE(CallsFreeFunction("std::time(nullptr);", "time"));
  EXPECT_FALSE(CallsFreeFunction("file.open(path); other->open(path);", "open"));
  EXPECT_FALSE(CallsFreeFunction("Store::open(path);", "open"));
  EXPECT_FALSE(CallsFreeFunction("bool open = reopen(path);", "open"));
  EXPECT_FALSE(CallsFreeFunction("bool open() const;", "open"));
  EXPECT_TRUE(CallsFreeFunction("return open(path);", "open"));
}

}  // namespace
}  // namespace architecture
