// A turned bit in the files themselves.
#include <gtest/gtest.h>

#include "eventstore/check/check.h"
#include "tests/eventstore/check/check_fixture.h"

namespace eventstore::check {
namespace {

class FilesTest : public CheckFixture {
 protected:
  // Turns bits of the files whose path holds `part` and expects that each is found in
  // what `wanted` says.
  void TurnFileBits(const std::string& part, size_t count, std::optional<Part> wanted_part,
                    const std::string& database) {
    const Files files = faults_.Files(kFolder);
    int turned = 0;
    for (const auto& [path, bytes] : files) {
      if (path.find(part) == std::string::npos || bytes.empty()) continue;
      for (const size_t bit : Bits(bytes.size(), count)) {
        Files damaged = files;
        damaged[path] = WithBit(bytes, bit);
        faults_.PutBack(kFolder, damaged);
        const Report report = Check();
        bool named = false;
        for (const Finding& finding : report.findings) {
          named |= finding.database == database && (!wanted_part || finding.part == *wanted_part);
        }
        EXPECT_TRUE(named) << path << " bit " << bit << "\n" << Text(report);
        ++turned;
      }
    }
    EXPECT_GT(turned, 0);
    faults_.PutBack(kFolder, files);
  }
};

TEST_F(FilesTest, ABitOfTheHeadFile) {
  const std::string path = std::string(kFolder) + "/heads";
  const Files files = faults_.Files(kFolder);
  constexpr size_t kHeader = 48;
  constexpr size_t kSlot = 64 * 1024;
  for (const size_t slot : {size_t{0}, kSlot}) {
    // Generation, length, checksum and the heads of two feeds.
    for (const size_t bit : Bits(kHeader + 2 * 92, 60)) {
      Files damaged = files;
      damaged[path] = WithBit(files.at(path), slot * 8 + bit);
      faults_.PutBack(kFolder, damaged);
      const Report report = Check();
      ASSERT_FALSE(report.findings.empty()) << slot << " " << bit;
      EXPECT_EQ(report.findings[0].part, Part::kHeadFile) << Text(report);
    }
  }
  Files damaged = files;
  damaged.erase(path);
  faults_.PutBack(kFolder, damaged);
  const Report report = Check();
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(report.findings[0].part, Part::kHeadFile) << Text(report);
}

TEST_F(FilesTest, ABitOfATable) {
  // Opening once more makes a table of the write-ahead log.
  Reopen();
  log_.reset();
  TurnFileBits("/own/000", 40, Part::kDatabase, "own");
  TurnFileBits("/replicas/000", 12, Part::kDatabase, "replicas");
}

TEST_F(FilesTest, EventsInADamagedBlockAreNamed) {
  Reopen();
  log_.reset();
  const std::string record = Value("own", storage::RecordKey(kFeed, 20));
  Files files = faults_.Files(kFolder);
  bool turned = false;
  for (auto& [path, bytes] : files) {
    if (path.find("/own/") == std::string::npos || !path.ends_with(".sst")) continue;
    const size_t at = bytes.find(record);
    if (at == std::string::npos) continue;
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    turned = true;
    break;
  }
  ASSERT_TRUE(turned);
  faults_.PutBack(kFolder, files);
  const Report report = Check();
  bool named = false;
  for (const Finding& finding : report.findings) {
    named |= finding.part == Part::kRecord && finding.feed == feed_ &&
             finding.sequence == log::Sequence(20);
  }
  EXPECT_TRUE(named) << Text(report);
  EXPECT_GT(report.records, 800u);
}

TEST_F(FilesTest, ABitOfTheListOfTables) {
  // One that looks like an unfinished write makes the database an older one.
  TurnFileBits("/own/MANIFEST", 12, std::nullopt, "own");
  TurnFileBits("/own/CURRENT", 6, Part::kDatabase, "own");
}

TEST_F(FilesTest, ALostTailIsNamedEventByEvent) {
  const Files before = faults_.Files(kFolder);
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Fill(feed_, 4);
  log_.reset();
  Files files = faults_.Files(kFolder);
  std::erase_if(files,
                [](const auto& file) { return file.first.find("/own/") != std::string::npos; });
  for (const auto& [path, bytes] : before) {
    if (path.find("/own/") != std::string::npos) files[path] = bytes;
  }
  faults_.PutBack(kFolder, files);
  const Report report = Check();
  ASSERT_EQ(report.findings.size(), 4u) << Text(report);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(report.findings[i].part, Part::kRecord);
    EXPECT_EQ(report.findings[i].sequence, log::Sequence(593 + i));
  }
  // Told in one line; another of them apart.
  EXPECT_EQ(ToLines(report.findings).size(), 1u);
  EXPECT_NE(ToLines(report.findings)[0].find("gebeurtenis 593 tot en met 596 van"),
            std::string::npos);
  std::vector<Finding> gap = report.findings;
  gap.erase(gap.begin() + 1);
  ASSERT_EQ(ToLines(gap).size(), 2u);
  EXPECT_EQ(ToLines(gap)[0], ToText(gap[0]));
  gap[2].detail = "iets anders";
  EXPECT_EQ(ToLines(gap).size(), 3u);
}

TEST_F(FilesTest, AMissingDatabase) {
  Files files = faults_.Files(kFolder);
  std::erase_if(files,
                [](const auto& file) { return file.first.find("/own/") != std::string::npos; });
  faults_.PutBack(kFolder, files);
  EXPECT_FALSE(Check().ok());
}

}  // namespace
}  // namespace eventstore::check
