// One request is executed once, whatever happens in between.
#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/log/event_log.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/keys.h"
#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

class ExactlyOnceTest : public LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    ASSERT_TRUE(log_->CreateFeed(other_feed_).ok());
  }

  static void ExpectSame(const absl::StatusOr<AppendResult>& one, const AppendResult& other) {
    ASSERT_TRUE(one.ok()) << one.status();
    ASSERT_EQ(one->positions.size(), other.positions.size());
    for (size_t i = 0; i < other.positions.size(); ++i) {
      EXPECT_EQ(one->positions[i].feed, other.positions[i].feed);
      EXPECT_EQ(one->positions[i].sequence, other.positions[i].sequence);
      EXPECT_EQ(one->positions[i].id, other.positions[i].id);
    }
    EXPECT_EQ(one->cursor, other.cursor);
  }

  // Appends requests of one to three records over two feeds; ids that are made of the time,
  // and some that are not.
  void AppendMany() {
    for (int i = 0; i < 40; ++i) {
      std::vector<NewRecord> records;
      for (int j = 0; j <= i % 3; ++j) {
        records.push_back(Record((i + j) % 2 == 0 ? feed_ : other_feed_, NewStream()));
      }
      requests_.push_back(Request(std::move(records)));
      if (i % 4 == 0) {
        const auto hash = crypto::Sha256(std::to_string(i));
        requests_.back().request = *RequestId::FromBytes(hash.view().substr(0, RequestId::kSize));
      }
      const auto result = log_->Append(requests_.back());
      ASSERT_TRUE(result.ok()) << result.status();
      results_.push_back(*result);
    }
  }

  void ExpectAllRepeat() {
    const Cursor heads = log_->Heads();
    for (size_t i = 0; i < requests_.size(); ++i) {
      const auto repeated = log_->Append(requests_[i]);
      ExpectSame(repeated, results_[i]);
      EXPECT_TRUE(repeated->repeated);
      ExpectSame(log_->FindRequest(requests_[i].request), results_[i]);
    }
    EXPECT_EQ(log_->Heads(), heads);
  }

  // Changes the own database behind the log's back, and opens the log again.
  template <typename Change>
  void ChangeDatabase(Change change) {
    log_.reset();
    {
      auto database = storage::Database::Open(
          {.path = options_.directory + "/own", .environment = environment_.get()});
      ASSERT_TRUE(database.ok()) << database.status();
      storage::Batch batch;
      change(batch);
      ASSERT_TRUE((*database)->Write(batch, storage::Durability::kSynced).ok());
    }
    Reopen();
  }

  const FeedId other_feed_ = FeedOf(2, 2);
  std::vector<AppendRequest> requests_;
  std::vector<AppendResult> results_;
};

TEST_F(ExactlyOnceTest, ARepeatedRequestGetsTheSameAnswer) {
  AppendMany();
  ExpectAllRepeat();
}

TEST_F(ExactlyOnceTest, AlsoAfterAReopenAndThoughItsFeedIsLocked) {
  AppendMany();
  Reopen();
  ASSERT_TRUE(log_->IsLocked(feed_));
  ExpectAllRepeat();
}

TEST_F(ExactlyOnceTest, AlsoWhenItsRevisionHasPassed) {
  const StreamId stream = NewStream();
  AppendRequest request = Request(feed_, stream);
  request.expected = {{feed_, stream, Revision(0)}};
  const auto result = log_->Append(request);
  ASSERT_TRUE(result.ok());
  ASSERT_TRUE(log_->Append(Request(feed_, stream)).ok());
  ExpectSame(log_->Append(request), *result);
}

TEST_F(ExactlyOnceTest, TheIndexIsMadeAgainFromTheRecords) {
  AppendMany();
  ChangeDatabase([](storage::Batch& batch) {
    const storage::Range all = storage::RequestIndex();
    batch.DeleteRange(all.lower, all.upper);
  });
  ExpectAllRepeat();
}

TEST_F(ExactlyOnceTest, TheIndexIsMadeAgainWhenItsEndIsMissing) {
  AppendMany();
  ChangeDatabase([&](storage::Batch& batch) {
    for (size_t i = 30; i < requests_.size(); ++i) {
      batch.Delete(storage::RequestKey(requests_[i].request.view()));
    }
  });
  ExpectAllRepeat();
}

TEST_F(ExactlyOnceTest, AnotherRequestUnderTheSameIdIsRefused) {
  AppendRequest request = Request(feed_, NewStream());
  ASSERT_TRUE(log_->Append(request).ok());
  request.request_digest = std::string(32, 'e');
  const absl::Status status = log_->Append(request).status();
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_EQ(base::DetailsOf(status).reason, "REQUEST_ID_REUSED");
  EXPECT_EQ(log_->Size(feed_), 1u);
}

TEST_F(ExactlyOnceTest, AnUnknownRequestIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(log_->FindRequest(ids_.New<RequestId>()).status()));
}

}  // namespace
}  // namespace eventstore::log
