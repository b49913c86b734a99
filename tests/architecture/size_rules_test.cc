#include "tests/architecture/size_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/architecture/testing_tree.h"

namespace architecture {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

std::string Repeat(int times, const std::string& text) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

// The first line and the last one are of the function too.
std::string FunctionOf(const std::string& signature, int lines) {
  return signature + " {\n" + Repeat(lines - 2, "  x({1}, [] { y(); });\n") + "}\n";
}

Violations CheckText(const std::string& text) {
  return CheckFunctionLength({{"services/a.cc", text}});
}

TEST(FunctionLengthTest, HoldsInTheProject) {
  EXPECT_THAT(CheckFunctionLength(RealTree()), IsEmpty());
}

TEST(FunctionLengthTest, FindsOneLineTooMany) {
  EXPECT_THAT(CheckText(FunctionOf("void F()", kMaximumFunctionLines)), IsEmpty());
  EXPECT_THAT(CheckText(FunctionOf("void F()", kMaximumFunctionLines + 1)),
              ElementsAre(Field(&Violation::line, 1)));
}

TEST(FunctionLengthTest, FindsFunctionsInScopes) {
  const std::string function = FunctionOf("template <class T>\nvoid F(const T& t) const", 80);
  EXPECT_THAT(
      CheckText("namespace a::b {\nclass C final : public D {\n public:\n" + function + "};\n}\n"),
      ElementsAre(Field(&Violation::line, 4)));
}

TEST(FunctionLengthTest, FindsConstructorsThatInitialiseWithBraces) {
  const std::string constructor = FunctionOf("C::C(int b)\n    : a_{b},\n      c_(b)", 80);
  EXPECT_THAT(CheckText("namespace n {\n" + constructor + "}\n"), ::testing::SizeIs(1));
}

TEST(FunctionLengthTest, FindsTheSecondFunction) {
  EXPECT_THAT(CheckText(FunctionOf("void F()", 10) + FunctionOf("void G()", 80)),
              ElementsAre(Field(&Violation::line, 11)));
}

TEST(FunctionLengthTest, LetsScopesAndTablesBeLong) {
  EXPECT_THAT(CheckText("class C {\n" + Repeat(90, "  void F();\n") + "};\n"), IsEmpty());
  EXPECT_THAT(CheckText("const int kTable[] = {\n" + Repeat(90, "  1,\n") + "};\n"), IsEmpty());
  EXPECT_THAT(CheckText("enum class E {\n" + Repeat(90, "  kA,\n") + "};\n"), IsEmpty());
}

TEST(FunctionLengthTest, IsNotMisledByBracesInTextAndMacros) {
  EXPECT_THAT(CheckText("#define A {\nvoid F() { x('{'); }\n" + FunctionOf("void G()", 80)),
              ElementsAre(Field(&Violation::line, 3)));
}

TEST(FileLengthTest, HoldsInTheProject) { EXPECT_THAT(CheckFileLength(RealTree()), IsEmpty()); }

TEST(FileLengthTest, FindsOneLineTooMany) {
  EXPECT_THAT(CheckFileLength({{"a.cc", Repeat(kMaximumFileLines, "\n")}}), IsEmpty());
  EXPECT_THAT(CheckFileLength({{"a.cc", Repeat(kMaximumFileLines + 1, "\n")}}),
              ::testing::SizeIs(1));
}

}  // namespace
}  // namespace architecture
