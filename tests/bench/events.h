#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"

// Events to measure with, the same in every run, and logs full of them.
namespace tests::bench {

inline constexpr size_t kEventBytes = 512;  // of every payload
inline constexpr size_t kRecordsPerBatch = 256;

// Payloads of kEventBytes that mean nothing; half of each is noise, half is text.
std::vector<std::string> MakePayloads(size_t count);

// The feed that every log of this program has, and the key that signs it.
const eventstore::log::FeedId& BenchFeed();
const eventstore::crypto::PrivateKey& BenchKey();

// The id of the `number`th stream: spread like random ones, the same in every run.
eventstore::log::StreamId StreamNumber(uint64_t number);

// A log on the disk whose feed is there and may be written.
class BenchLog {
 public:
  explicit BenchLog(const std::string& directory);
  eventstore::log::EventLog& log() { return *log_; }
  eventstore::base::IdGenerator& ids() { return ids_; }
  const eventstore::base::Clock& clock() const { return clock_; }

 private:
  eventstore::base::SystemClock clock_;
  eventstore::crypto::SystemEntropy entropy_;
  eventstore::base::IdGenerator ids_{clock_, entropy_};
  std::unique_ptr<eventstore::log::EventLog> log_;
};

// Fills the log in `directory` up to `events` events of the kinds that the views fold,
// in transactions of 256. Goes on where an earlier call stopped.
void BuildLog(const std::string& directory, uint64_t events);

}  // namespace tests::bench
