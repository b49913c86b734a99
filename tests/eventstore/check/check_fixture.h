#pragma once

#include <map>
#include <string>
#include <vector>

#include "eventstore/check/check.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/keys.h"
#include "tests/eventstore/log/log_fixture.h"
#include "tests/testing/faulty_environment.h"

namespace eventstore::check {

// A closed log with everything in it that a check looks at: an own feed with full tiles,
// a private feed, requests over both, cosignatures, and a replica.
class CheckFixture : public log::LogFixture {
 protected:
  using Files = std::map<std::string, std::string>;
  static constexpr char kFolder[] = "/node/member";
  static constexpr storage::FeedNumber kFeed = 1;  // the number of feed_

  void SetUp() override;
  void TearDown() override { log_.reset(); }

  Options CheckOptions();
  Report Check();
  static std::string Text(const Report& report);

  // One value of a database; feeds have the number in which they were made.
  std::string Value(const std::string& database, const std::string& key);
  void Put(const std::string& database, const std::string& key, const std::string& value);
  void Delete(const std::string& database, const std::string& key);
  static std::string WithBit(std::string bytes, size_t bit);
  // Bits spread over the value, the first and the last among them.
  static std::vector<size_t> Bits(size_t bytes, size_t count);

  // Turns bits of a value one by one, and expects that each check has a finding that
  // `names` it.
  template <typename Names>
  void TurnBits(const std::string& database, const std::string& key, size_t count, Names names) {
    const std::string value = Value(database, key);
    for (const size_t bit : Bits(value.size(), count)) {
      Put(database, key, WithBit(value, bit));
      const Report report = Check();
      bool named = false;
      for (const Finding& finding : report.findings) named |= names(finding);
      EXPECT_TRUE(named) << "bit " << bit << "\n" << Text(report);
    }
    Put(database, key, value);
  }

  tests::testing::FaultyEnvironment faults_;
  const log::FeedId private_ = FeedOf(7, 7);
  const log::FeedId foreign_ = FeedOf(1, 2);
  crypto::PrivateKey foreign_key_ = crypto::PrivateKey::Generate(entropy_);
  log::StreamId stream_;
  std::map<log::FeedId, std::vector<log::EventId>> events_;
};

}  // namespace eventstore::check
