// Every file of the corpus through its target, under the normal builds: the corpus, and each
// input that once ended a fuzzer, stay as tests.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {
namespace {

namespace fs = std::filesystem;

const fs::path& Corpus() {
  static const auto& path = *new fs::path("tests/fuzz/corpus");
  return path;
}

std::string ReadBytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class ReplayTest : public testing::TestWithParam<Target> {};

TEST_P(ReplayTest, EveryKnownInputKeepsItsProperties) {
  size_t inputs = 0;
  for (const auto& file : fs::directory_iterator(Corpus() / GetParam().name)) {
    // The name is told when the process ends in it.
    SCOPED_TRACE(file.path().string());
    std::cout << file.path().filename().string() << std::endl;
    GetParam().run(ReadBytes(file.path()));
    ++inputs;
  }
  EXPECT_GT(inputs, 0u);
}

TEST_P(ReplayTest, NoInputAndCutOffInputsKeepThemToo) {
  GetParam().run("");
  for (const auto& file : fs::directory_iterator(Corpus() / GetParam().name)) {
    const std::string bytes = ReadBytes(file.path());
    for (const size_t size : {size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
      GetParam().run(std::string_view(bytes).substr(0, size));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, ReplayTest, testing::ValuesIn(Targets()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(CorpusTest, HasAFolderForEveryTargetAndNoOther) {
  std::set<std::string> targets;
  for (const Target& target : Targets()) targets.insert(target.name);
  std::set<std::string> folders;
  for (const auto& folder : fs::directory_iterator(Corpus())) {
    folders.insert(folder.path().filename().string());
  }
  EXPECT_EQ(folders, targets);
}

TEST(CorpusTest, IsSmall) {
  constexpr uintmax_t kMostBytes = 64 * 1024;
  constexpr size_t kMostFiles = 60;
  for (const Target& target : Targets()) {
    size_t files = 0;
    for (const auto& file : fs::directory_iterator(Corpus() / target.name)) {
      ++files;
      EXPECT_LE(file.file_size(), kMostBytes) << file.path();
    }
    EXPECT_LE(files, kMostFiles) << target.name;
  }
}

}  // namespace
}  // namespace tests::fuzz
