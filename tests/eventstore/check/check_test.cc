// A turned bit of every kind of value is found, and what it stands in is named.
#include "eventstore/check/check.h"

#include <gtest/gtest.h>

#include "tests/eventstore/check/check_fixture.h"
#include "tests/testing/watched_environment.h"

namespace eventstore::check {
namespace {

constexpr storage::FeedNumber kPrivate = 2;
constexpr storage::FeedNumber kForeign = 1;  // in replicas

using CheckTest = CheckFixture;

TEST_F(CheckTest, AWholeLogHasNoFindings) {
  uint64_t told = 0;
  Options options = CheckOptions();
  options.progress = [&](const Progress& progress) {
    told = std::max(told, progress.done);
    EXPECT_FALSE(progress.what.empty());
    return true;
  };
  const auto report = CheckLog(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->ok()) << Text(*report);
  EXPECT_EQ(report->feeds, 3u);
  EXPECT_EQ(report->records, 593u + 30 + 300);
  EXPECT_EQ(report->tiles, 3u);
  EXPECT_EQ(report->signatures, 5u);
  EXPECT_EQ(report->unknown_signers, 0u);
  EXPECT_GT(told, 0u);
}

TEST_F(CheckTest, AStoppedCheckSaysSo) {
  Options options = CheckOptions();
  options.progress = [](const Progress&) { return false; };
  const auto report = CheckLog(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->stopped);
  EXPECT_FALSE(report->ok());
}

TEST_F(CheckTest, ALogThatIsBeingWrittenCanBeChecked) {
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  for (int i = 0; i < 5; ++i) {
    Fill(feed_, 60);
    const Report report = Check();
    EXPECT_TRUE(report.ok()) << Text(report);
  }
}

// A node that catches up lists tables without a pause. That is no damage: the background
// check would put the replicas aside.
TEST_F(CheckTest, ALogThatIsWrittenWithoutAPauseHasNoFindings) {
  const auto writing = storage::Database::Open(
      {.path = std::string(kFolder) + "/replicas", .environment = &faults_});
  ASSERT_TRUE(writing.ok()) << writing.status();
  tests::testing::WatchedEnvironment watched(faults_.env());
  watched.BeforeALogIsRead([&] { EXPECT_TRUE((*writing)->WriteTable({{"Z", "more"}}).ok()); });
  Options options = CheckOptions();
  options.environment = &watched;
  const auto checked = CheckLog(options);
  EXPECT_TRUE(absl::IsAborted(checked.status())) << checked.status();
  // And when it pauses it is checked.
  int left = 3;
  watched.BeforeALogIsRead([&] {
    if (left-- <= 0) return;
    EXPECT_TRUE((*writing)->WriteTable({{"Z", "more"}}).ok());
  });
  const auto again = CheckLog(options);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(Text(*again).find("gaat niet open"), std::string::npos) << Text(*again);
}

TEST_F(CheckTest, WithoutKeysTheSignaturesAreCountedAsUnknown) {
  Options options = CheckOptions();
  options.keys = nullptr;
  const auto report = CheckLog(options);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->ok()) << Text(*report);
  EXPECT_EQ(report->unknown_signers, 5u);
}

TEST_F(CheckTest, ABitOfAnEvent) {
  // In a full tile, at its edges, in the middle of a tile, and among the last ones.
  for (const uint64_t sequence : {0u, 255u, 256u, 300u, 512u, 592u}) {
    TurnBits("own", storage::RecordKey(kFeed, sequence), 6, [&](const Finding& finding) {
      return finding.part == Part::kRecord && finding.feed == feed_ && finding.database == "own" &&
             finding.sequence == log::Sequence(sequence);
    });
  }
  TurnBits("own", storage::RecordKey(kPrivate, 3), 4, [&](const Finding& finding) {
    return finding.part == Part::kRecord && finding.feed == private_ &&
           finding.sequence == log::Sequence(3);
  });
  TurnBits("replicas", storage::RecordKey(kForeign, 299), 4, [&](const Finding& finding) {
    return finding.part == Part::kRecord && finding.feed == foreign_ &&
           finding.database == "replicas" && finding.sequence == log::Sequence(299);
  });
}

TEST_F(CheckTest, TheReportNamesTheEvent) {
  const std::string key = storage::RecordKey(kFeed, 100);
  const std::string record = Value("own", key);
  const size_t payload = record.find("payload");
  ASSERT_NE(payload, std::string::npos);
  Put("own", key, WithBit(record, payload * 8));
  const Report report = Check();
  ASSERT_EQ(report.findings.size(), 1u) << Text(report);
  EXPECT_EQ(report.findings[0].event, events_[feed_][100]);
  EXPECT_NE(ToText(report.findings[0]).find(base::ToText(events_[feed_][100])), std::string::npos);
  EXPECT_NE(ToText(report.findings[0]).find(log::Origin(feed_)), std::string::npos);
}

TEST_F(CheckTest, ALastEventIsNamedByTheBitThatMakesItFit) {
  const std::string key = storage::RecordKey(kFeed, 590);
  const std::string record = Value("own", key);
  Put("own", key, WithBit(record, record.find("payload") * 8));
  const Report report = Check();
  ASSERT_EQ(report.findings.size(), 1u) << Text(report);
  EXPECT_EQ(report.findings[0].sequence, log::Sequence(590));
  EXPECT_EQ(report.findings[0].event, events_[feed_][590]);
}

TEST_F(CheckTest, AMissingEvent) {
  for (const uint64_t sequence : {0u, 77u, 540u, 592u}) {
    const std::string key = storage::RecordKey(kFeed, sequence);
    const std::string record = Value("own", key);
    Delete("own", key);
    const Report report = Check();
    ASSERT_FALSE(report.findings.empty()) << sequence;
    EXPECT_EQ(report.findings[0].part, Part::kRecord) << Text(report);
    EXPECT_EQ(report.findings[0].sequence, log::Sequence(sequence)) << Text(report);
    Put("own", key, record);
  }
  EXPECT_TRUE(Check().ok());
}

TEST_F(CheckTest, ABitOfATile) {
  for (const uint64_t index : {0u, 1u}) {
    TurnBits("own", storage::TileKey(kFeed, 0, index), 9, [&](const Finding& finding) {
      return finding.part == Part::kTile && finding.feed == feed_ &&
             finding.place == "tegel 0/" + std::to_string(index);
    });
  }
  Delete("own", storage::TileKey(kFeed, 0, 1));
  const Report report = Check();
  ASSERT_EQ(report.findings.size(), 1u) << Text(report);
  EXPECT_EQ(report.findings[0].place, "tegel 0/1");
}

TEST_F(CheckTest, ABitOfATileOfTiles) {
  Reopen();
  const log::FeedId large = FeedOf(3, 3);
  ASSERT_TRUE(log_->CreateFeed(large).ok());
  Fill(large, 65'600);
  log_.reset();
  const std::string key = storage::TileKey(3, 1, 0);
  const std::string tile = Value("own", key);
  Put("own", key, WithBit(tile, 4'000));
  const Report report = Check();
  ASSERT_EQ(report.findings.size(), 1u) << Text(report);
  EXPECT_EQ(report.findings[0].part, Part::kTile);
  EXPECT_EQ(report.findings[0].place, "tegel 1/0");
}

TEST_F(CheckTest, ABitOfTheStreamIndex) {
  const auto named = [&](const Finding& finding) {
    return finding.part == Part::kStreamIndex && finding.feed == feed_ &&
           finding.place.find(base::ToText(stream_)) != std::string::npos;
  };
  TurnBits("own", storage::StreamKey(kFeed, stream_.view(), 0), 8, named);
  TurnBits("own", storage::StreamKey(kFeed, stream_.view(), 7), 64, named);
  // A missing entry is known by the event that it led to.
  Delete("own", storage::StreamKey(kFeed, stream_.view(), 29));
  const Report report = Check();
  ASSERT_EQ(report.findings.size(), 1u) << Text(report);
  EXPECT_EQ(report.findings[0].part, Part::kStreamIndex);
  EXPECT_EQ(report.findings[0].event, events_[feed_][58]);
}

TEST_F(CheckTest, ABitOfTheRequestIndex) {
  std::string key;
  {
    const auto opened =
        storage::Database::Open({.path = std::string(kFolder) + "/own", .environment = &faults_});
    ASSERT_TRUE(opened.ok());
    const auto index = (*opened)->Scan(storage::RequestIndex());
    index->Next();  // past the marker
    ASSERT_TRUE(index->Valid());
    key = index->key();
  }
  TurnBits("own", key, 40, [&](const Finding& finding) {
    return finding.part == Part::kRequestIndex &&
           finding.place == "verzoek " + base::ToHex(key.substr(1));
  });
  Delete("own", storage::RequestIndexKey());
  EXPECT_TRUE(Check().ok()) << "nothing is missing";
  Delete("own", key);
  const Report report = Check();
  ASSERT_EQ(report.findings.size(), 1u) << Text(report);
  EXPECT_EQ(report.findings[0].part, Part::kRequestIndex);
}

// The background check runs soon after a start, and would stop a node that was given back
// its feed from writing.
TEST_F(CheckTest, EventsThatCameBackFromPeersAreNoDamage) {
  Reopen();
  const auto records = BytesOf(*log_, feed_);
  const crypto::Digest root = *log_->RootAt(feed_, records.size());
  const std::string note = *log_->CheckpointNote(feed_);
  options_.directory = "/node/after";
  Reopen();
  ASSERT_TRUE(log_->CreateFeed(feed_, /*locked=*/true).ok());
  ASSERT_TRUE(log_->CreateFeed(private_).ok());
  ASSERT_TRUE(log_->StoreVerified(feed_, log::Sequence(0), records, root, note).ok());
  Options options = CheckOptions();
  options.directory = options_.directory;
  for (const bool written : {false, true}) {
    const auto report = CheckLog(options);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->ok()) << Text(*report);
    EXPECT_EQ(report->records, records.size() + (written ? 5 : 0));
    if (written) break;
    ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
    Fill(feed_, 5);
  }
}

TEST_F(CheckTest, ABitOfACheckpoint) {
  TurnBits("own", storage::CheckpointKey(kFeed), 40, [&](const Finding& finding) {
    return finding.part == Part::kCheckpoint && finding.feed == feed_;
  });
  TurnBits("replicas", storage::CheckpointKey(kForeign), 20, [&](const Finding& finding) {
    return finding.part == Part::kCheckpoint && finding.feed == foreign_;
  });
}

TEST_F(CheckTest, ABitOfACosignature) {
  TurnBits("own", storage::CosignatureKey(kFeed, foreign_.member.view()), 60,
           [&](const Finding& finding) {
             return finding.part == Part::kCosignature && finding.feed == feed_ &&
                    finding.place.find(base::ToText(foreign_.member)) != std::string::npos;
           });
}

TEST_F(CheckTest, ABitOfTheNameOfAFeed) {
  TurnBits("own", storage::FeedKey(kFeed), 24, [&](const Finding& finding) {
    return finding.part == Part::kFeedName && finding.feed == feed_;
  });
}

TEST_F(CheckTest, GivenBackEverythingIsWholeAgain) {
  const std::string key = storage::RecordKey(kFeed, 10);
  const std::string record = Value("own", key);
  Put("own", key, WithBit(record, 99));
  EXPECT_FALSE(Check().ok());
  Put("own", key, record);
  EXPECT_TRUE(Check().ok());
}

}  // namespace
}  // namespace eventstore::check
