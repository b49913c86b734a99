// Fills a log with many small events and measures how long it takes to open:
//
//   poolcirkel_open_log FOLDER [EVENTS] [--check]
//
// FOLDER keeps the log, so that a second run opens the same one. With --check everything
// is gone over as `poolcirkel log fsck` does. Prints one line per measurement.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"
#include "eventstore/check/check.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"

namespace {

namespace base = ::eventstore::base;
namespace crypto = ::eventstore::crypto;
namespace log = ::eventstore::log;

constexpr uint64_t kDefaultEvents = 10'000'000;
constexpr size_t kRecordsPerRequest = 1'000;
// Streams as a circle has them: some events each.
constexpr size_t kEventsPerStream = 5;
constexpr size_t kPayloadBytes = 120;

using Steady = std::chrono::steady_clock;

double SecondsSince(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

log::FeedId Feed() {
  log::FeedId feed;
  feed.circle = *log::CircleId::FromBytes(std::string(32, 'c'));
  feed.member = *log::MemberId::FromBytes(std::string(16, 'm'));
  return feed;
}

log::EventLog::Options OptionsFor(const std::string& folder, const base::Clock& clock,
                                  const crypto::PrivateKey& key) {
  log::EventLog::Options options;
  options.directory = folder;
  options.clock = &clock;
  options.log_key = &key;
  return options;
}

absl::Status Fill(log::EventLog& event_log, uint64_t events, base::IdGenerator& ids) {
  if (!event_log.IsOwn(Feed())) RETURN_IF_ERROR(event_log.CreateFeed(Feed()));
  RETURN_IF_ERROR(event_log.UnlockFeed(Feed()));
  const std::string payload(kPayloadBytes, 'p');
  log::StreamId stream;
  for (uint64_t size = event_log.Size(Feed()); size < events;) {
    log::AppendRequest request;
    request.request = ids.New<log::RequestId>();
    request.request_digest = std::string(32, 'd');
    for (size_t i = 0; i < kRecordsPerRequest && size < events; ++i, ++size) {
      if (i % kEventsPerStream == 0) stream = ids.New<log::StreamId>();
      log::NewRecord record;
      record.feed = Feed();
      record.stream = stream;
      record.id = ids.New<log::EventId>();
      record.type = "assignment_published";
      record.payload = payload;
      request.records.push_back(std::move(record));
    }
    RETURN_IF_ERROR(event_log.Append(std::move(request)).status());
  }
  return absl::OkStatus();
}

absl::Status Check(const std::string& folder, const crypto::PrivateKey& key) {
  eventstore::check::Options options;
  options.directory = folder;
  options.keys = [&](const log::FeedId&) {
    return std::vector<crypto::PublicKey>{key.public_key()};
  };
  const auto start = Steady::now();
  ASSIGN_OR_RETURN(const auto report, eventstore::check::CheckLog(options));
  std::cout << "check_seconds " << SecondsSince(start) << " records " << report.records
            << " findings " << report.findings.size() << "\n";
  for (const auto& finding : report.findings) {
    std::cout << eventstore::check::ToText(finding) << "\n";
  }
  return report.ok() ? absl::OkStatus() : absl::DataLossError("the log is damaged");
}

absl::Status Run(const std::string& folder, uint64_t events, bool check) {
  const base::SystemClock clock;
  crypto::SystemEntropy entropy;
  base::IdGenerator ids(clock, entropy);
  ASSIGN_OR_RETURN(const auto key, crypto::PrivateKey::FromSeed(std::string(32, 'k')));
  const auto options = OptionsFor(folder, clock, key);
  {
    ASSIGN_OR_RETURN(const auto event_log, log::EventLog::Open(options));
    const uint64_t before = event_log->Size(Feed());
    const auto start = Steady::now();
    RETURN_IF_ERROR(Fill(*event_log, events, ids));
    std::cout << "fill_seconds " << SecondsSince(start) << " events "
              << event_log->Size(Feed()) - before << "\n";
  }
  for (int i = 0; i < 3; ++i) {
    const auto start = Steady::now();
    ASSIGN_OR_RETURN(const auto event_log, log::EventLog::Open(options));
    std::cout << "open_seconds " << SecondsSince(start) << " events " << event_log->Size(Feed())
              << "\n";
    RETURN_IF_ERROR(event_log->OwnHealth());
  }
  return check ? Check(folder, key) : absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "poolcirkel_open_log FOLDER [EVENTS] [--check]\n";
    return 2;
  }
  uint64_t events = kDefaultEvents;
  bool check = false;
  for (int i = 2; i < argc; ++i) {
    if (std::string(argv[i]) == "--check") {
      check = true;
    } else {
      events = std::strtoull(argv[i], nullptr, 10);
    }
  }
  const absl::Status status = Run(argv[1], events, check);
  if (status.ok()) return 0;
  std::cerr << status << "\n";
  return 1;
}
