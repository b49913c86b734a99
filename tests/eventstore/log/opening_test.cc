// Opening: the head file and the own database must agree, and damage stays where it is.
#include "eventstore/log/opening.h"

#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "eventstore/merkle/tree.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/keys.h"
#include "tests/eventstore/log/log_fixture.h"
#include "tests/testing/faulty_environment.h"

namespace eventstore::log {
namespace {

using tests::testing::FaultyEnvironment;
using tests::testing::FileOperation;
using Files = std::map<std::string, std::string>;
using Verdict = FaultyEnvironment::Verdict;

constexpr char kFolder[] = "/node/member";

class OpeningTest : public LogFixture {
 protected:
  void SetUp() override {
    options_.environment = &faults_;
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    Fill(feed_, 5);
  }
  // The log goes before the files that it stands on.
  void TearDown() override { log_.reset(); }

  // The log opens, tells why its own side is read-only, and writes nothing.
  void ExpectReadOnly(const std::string& reason) {
    Reopen();
    const absl::Status health = log_->OwnHealth();
    EXPECT_TRUE(absl::IsDataLoss(health)) << health;
    EXPECT_EQ(base::DetailsOf(health).reason, reason) << health;
    EXPECT_TRUE(log_->ReplicasHealth().ok()) << log_->ReplicasHealth();
    EXPECT_TRUE(absl::IsDataLoss(log_->Append(Request(feed_, NewStream())).status()));
    EXPECT_TRUE(absl::IsDataLoss(log_->CreateFeed(FeedOf(8, 8))));
    EXPECT_TRUE(absl::IsDataLoss(log_->UnlockFeed(feed_)));
    EXPECT_TRUE(absl::IsDataLoss(log_->Recover()));
    EXPECT_TRUE(log_->IsOwn(feed_));
    EXPECT_TRUE(log_->IsLocked(feed_));
    // What this member wrote does not become a replica of its own.
    EXPECT_FALSE(log_->StoreVerified(feed_, Sequence(0), {"x"}, merkle::EmptyRoot()).ok());
  }
  Files OwnFiles() {
    log_.reset();
    Files files = faults_.Files(kFolder);
    std::erase_if(
        files, [](const auto& file) { return file.first.find("/replicas") != std::string::npos; });
    return files;
  }
  static Files WithoutReplicas(Files files) {
    std::erase_if(
        files, [](const auto& file) { return file.first.find("/replicas") != std::string::npos; });
    return files;
  }

  // The files of the member with one part taken from an earlier moment.
  static Files WithPartOf(Files files, const Files& earlier, const std::string& part) {
    const std::string prefix = std::string(kFolder) + part;
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(prefix); });
    for (const auto& [path, bytes] : earlier) {
      if (path.starts_with(prefix)) files[path] = bytes;
    }
    return files;
  }

  Files Close() {
    log_.reset();
    return faults_.Files(kFolder);
  }

  FaultyEnvironment faults_;
};

TEST_F(OpeningTest, ADatabaseBehindTheHeadFileIsRefusedAndLeftAlone) {
  const Files before = Close();
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Fill(feed_, 3);
  const Files rolled_back = WithPartOf(Close(), before, "/own");
  faults_.PutBack(kFolder, rolled_back);
  ExpectReadOnly("OWN_FEED_LOST");
  // What is left can be read, and is what it was.
  EXPECT_EQ(log_->Size(feed_), 5u);
  EXPECT_EQ(BytesOf(*log_, feed_).size(), 5u);
  EXPECT_EQ(OwnFiles(), WithoutReplicas(rolled_back));
}

TEST_F(OpeningTest, AFullLogWithoutItsHeadFileIsReadOnly) {
  for (const bool emptied : {false, true}) {
    Files files = Close();
    std::string& heads = files[std::string(kFolder) + "/heads"];
    const std::string kept = heads;
    heads.assign(heads.size(), '\0');
    if (!emptied) files.erase(std::string(kFolder) + "/heads");
    faults_.PutBack(kFolder, files);
    ExpectReadOnly("HEAD_FILE_MISSING");
    EXPECT_EQ(BytesOf(*log_, feed_).size(), 5u);
    EXPECT_EQ(OwnFiles(), WithoutReplicas(files));
    files[std::string(kFolder) + "/heads"] = kept;
    faults_.PutBack(kFolder, files);
    Reopen();
    EXPECT_TRUE(log_->OwnHealth().ok());
  }
}

TEST_F(OpeningTest, ADamagedHeadFileIsReadOnly) {
  Fill(feed_, 1);  // both slots say something
  Files files = Close();
  std::string& heads = files[std::string(kFolder) + "/heads"];
  heads[60] ^= 1;
  heads[64 * 1024 + 60] ^= 1;
  faults_.PutBack(kFolder, files);
  Reopen();
  EXPECT_TRUE(absl::IsDataLoss(log_->OwnHealth())) << log_->OwnHealth();
  EXPECT_EQ(BytesOf(*log_, feed_).size(), 6u);
  EXPECT_FALSE(log_->Append(Request(feed_, NewStream())).ok());
  EXPECT_EQ(OwnFiles(), WithoutReplicas(files));
}

TEST_F(OpeningTest, TablesWithoutTheirListAreNotThrownAway) {
  log_.reset();
  Reopen();  // the write-ahead log becomes a table
  Files files = Close();
  ASSERT_EQ(
      std::erase_if(files, [](const auto& file) { return file.first.ends_with("/own/CURRENT"); }),
      1u);
  faults_.PutBack(kFolder, files);
  Reopen();
  EXPECT_TRUE(absl::IsDataLoss(log_->OwnHealth())) << log_->OwnHealth();
  EXPECT_EQ(OwnFiles(), WithoutReplicas(files));
}

TEST_F(OpeningTest, ALogCutShortIsRefusedAndLeftAlone) {
  Fill(feed_, 50);
  Files files = Close();
  for (auto& [path, bytes] : files) {
    if (path.ends_with(".log")) bytes.resize(bytes.size() - bytes.size() / 3);
  }
  faults_.PutBack(kFolder, files);
  ExpectReadOnly("OWN_FEED_LOST");
  EXPECT_EQ(OwnFiles(), WithoutReplicas(files));
}

TEST_F(OpeningTest, AMissingDatabaseIsNotANewOne) {
  Files files = WithPartOf(Close(), {}, "/own");
  faults_.PutBack(kFolder, files);
  auto log = TryOpen();
  // The replicas serve, nothing is written.
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_TRUE(absl::IsDataLoss((*log)->OwnHealth())) << (*log)->OwnHealth();
  EXPECT_FALSE((*log)->CreateFeed(feed_).ok());
  EXPECT_FALSE((*log)->Append(Request(feed_, NewStream())).ok());
}

TEST_F(OpeningTest, OtherEventsOfTheSameNumberAreRefused) {
  const Files first = Close();
  faults_.PutBack(kFolder, {});
  Reopen();
  ASSERT_TRUE(log_->CreateFeed(feed_).ok());
  Fill(feed_, 5);
  faults_.PutBack(kFolder, WithPartOf(Close(), first, "/own"));
  ExpectReadOnly("OWN_FEED_LOST");
}

TEST_F(OpeningTest, ADatabaseAheadIsRightAndTheHeadFileFollows) {
  const Files before = Close();
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Fill(feed_, 3);
  const std::string heads = Close().at(std::string(kFolder) + "/heads");
  faults_.PutBack(kFolder, WithPartOf(faults_.Files(kFolder), before, "/heads"));
  Reopen();
  EXPECT_EQ(log_->Size(feed_), 8u);
  ExpectSignedTree(feed_);
  // Behind what the head file follows to is refused again.
  faults_.PutBack(kFolder, WithPartOf(Close(), before, "/own"));
  ExpectReadOnly("OWN_FEED_LOST");
}

TEST_F(OpeningTest, ATornHeadFileSlotLeavesALogThatOpens) {
  Fill(feed_, 1);
  const Files whole = Close();
  for (const size_t slot : {0, 64 * 1024}) {
    Files torn = whole;
    torn[std::string(kFolder) + "/heads"].replace(slot + 60, 20, std::string(20, 'x'));
    faults_.PutBack(kFolder, torn);
    Reopen();
    EXPECT_EQ(log_->Size(feed_), 6u);
    ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
    Fill(feed_, 1);
    Reopen();
    EXPECT_EQ(log_->Size(feed_), 7u);
    log_.reset();
  }
}

TEST_F(OpeningTest, DamagedReplicasArePutAsideAndStartAgain) {
  const FeedId foreign = FeedOf(1, 2);
  ASSERT_TRUE(log_->CreateFeed(foreign).ok());
  Fill(foreign, 3);
  const auto records = BytesOf(*log_, foreign);
  const crypto::Digest root = *log_->RootAt(foreign, 3);
  faults_.PutBack(kFolder, (log_.reset(), Files()));
  Reopen();
  ASSERT_TRUE(log_->CreateFeed(feed_).ok());
  Fill(feed_, 5);
  ASSERT_TRUE(log_->StoreVerified(foreign, Sequence(0), records, root).ok());
  Files files = Close();
  std::string damaged;
  for (auto& [path, bytes] : files) {
    if (path.find("/replicas/MANIFEST") == std::string::npos) continue;
    bytes[bytes.size() / 2] ^= 1;
    damaged = bytes;
  }
  faults_.PutBack(kFolder, files);
  Reopen();
  EXPECT_TRUE(log_->OwnHealth().ok());
  EXPECT_TRUE(log_->ReplicasHealth().ok()) << log_->ReplicasHealth();
  ASSERT_EQ(log_->StartReport().size(), 1u);
  EXPECT_EQ(log_->Size(foreign), 0u);
  // Fetched again, beside what was put aside.
  ASSERT_TRUE(log_->StoreVerified(foreign, Sequence(0), records, root).ok());
  EXPECT_EQ(BytesOf(*log_, foreign), records);
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Fill(feed_, 1);
  bool kept = false;
  for (const auto& [path, bytes] : Close()) {
    kept |= path.find("/replicas.damaged-1/MANIFEST") != std::string::npos && bytes == damaged;
  }
  EXPECT_TRUE(kept);
  Reopen();
  EXPECT_TRUE(log_->StartReport().empty());
  EXPECT_EQ(log_->Size(foreign), 3u);
}

TEST_F(OpeningTest, DamageThatWasFoundLaterIsPutAsideOnTheNextStart) {
  log_->ReportDamage(EventLog::Part::kReplicas, absl::DataLossError("blok 7"));
  EXPECT_TRUE(absl::IsDataLoss(log_->ReplicasHealth()));
  EXPECT_TRUE(log_->OwnHealth().ok());
  Reopen();
  EXPECT_TRUE(log_->ReplicasHealth().ok());
  ASSERT_EQ(log_->StartReport().size(), 1u);
  EXPECT_NE(log_->StartReport()[0].find("blok 7"), std::string::npos);
}

TEST_F(OpeningTest, DamageThatIsFoundLaterStopsWriting) {
  log_->ReportDamage(EventLog::Part::kOwn, absl::DataLossError("blok 7"));
  EXPECT_TRUE(absl::IsDataLoss(log_->OwnHealth()));
  const absl::Status refused = log_->Append(Request(feed_, NewStream())).status();
  EXPECT_EQ(base::DetailsOf(refused).reason, "OWN_DAMAGED") << refused;
  EXPECT_TRUE(absl::IsDataLoss(log_->CreateFeed(FeedOf(8, 8))));
  EXPECT_EQ(BytesOf(*log_, feed_).size(), 5u);
}

TEST_F(OpeningTest, DamagedOwnFeedsLeaveTheReplicasServing) {
  // Another member's feed, made on a log of its own.
  const FeedId foreign = FeedOf(1, 2);
  ASSERT_TRUE(log_->CreateFeed(foreign).ok());
  Fill(foreign, 3);
  const auto records = BytesOf(*log_, foreign);
  const crypto::Digest root = *log_->RootAt(foreign, 3);
  Close();
  faults_.PutBack(kFolder, {});
  Reopen();
  ASSERT_TRUE(log_->CreateFeed(feed_).ok());
  Fill(feed_, 3);
  ASSERT_TRUE(log_->StoreVerified(foreign, Sequence(0), records, root).ok());
  Files files = Close();
  for (auto& [path, bytes] : files) {
    if (path.find("/own/MANIFEST") != std::string::npos) bytes[bytes.size() / 2] ^= 1;
  }
  faults_.PutBack(kFolder, files);
  Reopen();
  EXPECT_FALSE(log_->OwnHealth().ok());
  EXPECT_TRUE(log_->ReplicasHealth().ok());
  EXPECT_EQ(BytesOf(*log_, foreign), records);
  EXPECT_FALSE(log_->Append(Request(feed_, NewStream())).ok());
  EXPECT_FALSE(log_->FindRequest(ids_.New<RequestId>()).ok());
}

TEST_F(OpeningTest, AMissingRecordIsFoundOnOpening) {
  log_.reset();
  {
    auto database =
        storage::Database::Open({.path = options_.directory + "/own", .environment = &faults_});
    ASSERT_TRUE(database.ok()) << database.status();
    storage::Batch batch;
    batch.Delete(storage::RecordKey(1, 2));
    ASSERT_TRUE((*database)->Write(batch, storage::Durability::kSynced).ok());
  }
  Reopen();
  EXPECT_TRUE(absl::IsDataLoss(log_->OwnHealth())) << log_->OwnHealth();
  EXPECT_TRUE(log_->ReplicasHealth().ok());
}

// The list of requests lacks one, and the disk fails while it is made again: what was looked
// up meanwhile must not count as unknown for ever.
TEST_F(OpeningTest, ARequestIsExecutedOnceThoughItsListWasMadeAgainLater) {
  const AppendRequest request = Request(feed_, NewStream());
  ASSERT_TRUE(log_->Append(request).ok());
  log_.reset();
  {
    auto database =
        storage::Database::Open({.path = options_.directory + "/own", .environment = &faults_});
    ASSERT_TRUE(database.ok()) << database.status();
    storage::Batch batch;
    batch.Delete(storage::RequestKey(request.request.view()));
    ASSERT_TRUE((*database)->Write(batch, storage::Durability::kSynced).ok());
  }
  faults_.SetJudge([](FileOperation, const std::string& path) {
    const bool is_write_ahead_log =
        path.find("/own/") != std::string::npos && path.ends_with(".log");
    return is_write_ahead_log ? Verdict::kFail : Verdict::kGoOn;
  });
  Reopen();
  EXPECT_FALSE(log_->OwnHealth().ok());
  EXPECT_TRUE(absl::IsNotFound(log_->FindRequest(request.request).status()));
  faults_.GoOn();
  ASSERT_TRUE(log_->Recover().ok());
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  const auto repeated = log_->Append(request);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_TRUE(repeated->repeated);
  EXPECT_EQ(log_->Size(feed_), 6u);
}

// Ends the node at every write and every sync of a stream of appends in turn, with
// nothing or half of the bytes arriving.
TEST_F(OpeningTest, NothingAcknowledgedIsLostWhereverTheDiskFails) {
  int reached = 0;
  for (int fail_at = 1;; ++fail_at) {
    faults_.PutBack(kFolder, (log_.reset(), Files()));
    Reopen();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    std::atomic<int> operations{0};
    const Verdict failure = fail_at % 2 == 0 ? Verdict::kFail : Verdict::kFailHalf;
    faults_.SetJudge([&](FileOperation, const std::string&) {
      return ++operations < fail_at ? Verdict::kGoOn : failure;
    });
    std::vector<AppendRequest> requests;
    size_t acknowledged = 0;
    for (int i = 0; i < 6; ++i) {
      requests.push_back(Request({Record(feed_, NewStream()), Record(feed_, NewStream())}));
      if (!log_->Append(requests.back()).ok()) break;
      ++acknowledged;
    }
    log_.reset();
    faults_.GoOn();
    Reopen();
    EXPECT_GE(log_->Size(feed_), 2 * acknowledged) << fail_at;
    ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
    for (const AppendRequest& request : requests) {
      const auto result = log_->Append(request);
      ASSERT_TRUE(result.ok()) << fail_at << ": " << result.status();
    }
    EXPECT_EQ(log_->Size(feed_), 2 * requests.size()) << fail_at;
    ExpectSignedTree(feed_);
    reached = fail_at;
    if (acknowledged == 6) break;
  }
  EXPECT_GE(reached, 6 * 4);  // a write and a sync of both files for each append
}

}  // namespace
}  // namespace eventstore::log
