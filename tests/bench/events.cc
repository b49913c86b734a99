#include "tests/bench/events.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/storage/database.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "rocksdb/db.h"
#include "tests/bench/measure.h"
#include "tests/testing/eventually.h"

namespace tests::bench {

namespace log = eventstore::log;
using poolcirkel::event::v1::Event;
using poolcirkel::log::v1::SealedField;

namespace {

constexpr uint64_t kProfessionals = 20'000;
constexpr uint64_t kKeys = 64;
constexpr size_t kKinds = 10;

std::string Noise(size_t size, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(generator());
  return bytes;
}

// Looks like a sealed field; nobody has its key.
SealedField Sealed(uint32_t number, size_t ciphertext, uint64_t seed) {
  SealedField field;
  field.set_field_number(number);
  field.set_key_id(log::StreamId(StreamNumber(seed % kKeys)).bytes());
  field.set_nonce(Noise(12, seed));
  field.set_ciphertext(Noise(ciphertext, seed + 1));
  field.set_commitment(Noise(32, seed + 2));
  return field;
}

void FillAssignment(uint64_t number, size_t filling, Event& event) {
  auto& assignment = *event.mutable_assignment_published();
  assignment.set_title(absl::StrCat("Interim-manager ", number));
  assignment.set_role("interim-manager");
  assignment.set_level(poolcirkel::event::v1::LEVEL_TACTICAL);
  assignment.set_start_date("2026-12-07");
  assignment.set_end_date("2027-03-28");
  assignment.set_minutes_per_week(1440);
  assignment.set_seats(1);
  assignment.set_description(std::string(filling, 'x'));
}

// One of the kinds of events that make most of a feed; `filling` bytes in its longest
// field.
Event MakeEvent(uint64_t number, size_t filling) {
  Event event;
  const std::string exchange = StreamNumber(number - number % kKinds).bytes();
  switch (number % kKinds) {
    case 0:
    case 1:
      FillAssignment(number, filling, event);
      break;
    case 2: {
      auto& profile = *event.mutable_profile_stated();
      profile.set_identity_commitment(Noise(32, number));
      *profile.add_sealed() = Sealed(1, filling, number);
      break;
    }
    case 3: {
      auto& proposed = *event.mutable_secondment_proposed();
      proposed.set_assignment_id(exchange);
      proposed.set_host_member_id(std::string(16, 'h'));
      *proposed.add_sealed() = Sealed(4, filling, number);
      break;
    }
    case 4: {
      auto& selected = *event.mutable_candidacy_selected();
      selected.set_exchange_id(exchange);
      selected.set_lender_member_id(std::string(16, 'l'));
      selected.set_seat(1);
      selected.set_selection(1);
      selected.set_terms_digest(Noise(32, number));
      *selected.add_sealed() = Sealed(5, filling, number);
      break;
    }
    case 5: {
      auto& declined = *event.mutable_candidacy_declined();
      declined.set_exchange_id(exchange);
      declined.set_seat(1);
      declined.set_selection(1);
      *declined.add_sealed() = Sealed(4, filling, number);
      break;
    }
    default:
      *event.mutable_free_hours_stated()->add_sealed() = Sealed(1, filling, number);
  }
  return event;
}

std::string TypeOf(const Event& event) {
  return Event::descriptor()->FindFieldByNumber(static_cast<int>(event.body_case()))->name();
}

log::StreamId StreamOf(uint64_t number) {
  const bool about_person = number % kKinds == 2 || number % kKinds > 5;
  return StreamNumber(about_person ? number % kProfessionals : number);
}

// Events of exactly kEventBytes.
std::vector<Event> MakeSamples(size_t count) {
  std::vector<Event> samples;
  for (size_t i = 0; i < count; ++i) {
    size_t filling = kEventBytes / 2;
    Event event = MakeEvent(i, filling);
    while (event.ByteSizeLong() != kEventBytes) {
      filling = filling + kEventBytes - event.ByteSizeLong();
      event = MakeEvent(i, filling);
    }
    samples.push_back(std::move(event));
  }
  return samples;
}

}  // namespace

std::vector<std::string> MakePayloads(size_t count) {
  constexpr std::string_view kText = "beschikbaarheid per week, in minuten; ";
  std::vector<std::string> payloads;
  for (size_t i = 0; i < count; ++i) {
    std::string& payload = payloads.emplace_back(kEventBytes, '\0');
    const std::string noise = Noise(kEventBytes / 2, i);
    for (size_t at = 0; at < kEventBytes; ++at) {
      payload[at] = at < noise.size() ? noise[at] : kText[at % kText.size()];
    }
  }
  return payloads;
}

const log::FeedId& BenchFeed() {
  static const auto& feed =
      *new log::FeedId{log::CircleId(eventstore::crypto::Sha256("measuring").array()),
                       *log::MemberId::FromBytes(std::string(16, '\x01')), log::Epoch(0)};
  return feed;
}

const eventstore::crypto::PrivateKey& BenchKey() {
  static const auto& key = *new eventstore::crypto::PrivateKey(
      Need(eventstore::crypto::PrivateKey::FromSeed(std::string(32, '\x01'))));
  return key;
}

log::StreamId StreamNumber(uint64_t number) {
  const auto digest = eventstore::crypto::Sha256(absl::StrCat("stream ", number));
  return *log::StreamId::FromBytes(digest.view().substr(0, log::StreamId::kSize));
}

BenchLog::BenchLog(const std::string& directory) {
  log::EventLog::Options options;
  options.directory = directory;
  options.clock = &clock_;
  options.log_key = &BenchKey();
  log_ = Need(log::EventLog::Open(options));
  Check(log_->IsOwn(BenchFeed()) ? log_->UnlockFeed(BenchFeed()) : log_->CreateFeed(BenchFeed()));
}

namespace {

// A log that was just built still has tables to merge; whoever opens it next would be
// measured together with that.
void Settle(const std::string& directory) {
  const auto database = Need(eventstore::storage::Database::Open({.path = directory + "/own"}));
  const auto busy = [&](const std::string& property) {
    uint64_t count = 0;
    return database->raw()->GetIntProperty(property, &count) && count > 0;
  };
  const auto idle = [&] {
    return !busy(rocksdb::DB::Properties::kCompactionPending) &&
           !busy(rocksdb::DB::Properties::kNumRunningCompactions);
  };
  while (!testing::Eventually(idle)) {
  }
}

void Append(const std::string& directory, uint64_t events) {
  constexpr size_t kSamples = 5'000;
  constexpr uint64_t kInFlight = 8;
  const std::vector<Event> samples = MakeSamples(kSamples);
  std::vector<std::string> payloads;
  for (const Event& sample : samples) payloads.push_back(sample.SerializeAsString());
  std::atomic<uint64_t> in_flight{0};
  BenchLog bench(directory);
  uint64_t next = bench.log().Size(BenchFeed());
  while (next < events) {
    log::AppendRequest request;
    request.request = bench.ids().New<log::RequestId>();
    request.request_digest = std::string(32, 'd');
    const uint64_t end = std::min<uint64_t>(events, next + kRecordsPerBatch);
    for (; next < end; ++next) {
      log::NewRecord record;
      record.feed = BenchFeed();
      record.stream = StreamOf(next);
      record.id = bench.ids().New<log::EventId>();
      record.type = TypeOf(samples[next % kSamples]);
      record.payload = payloads[next % kSamples];
      request.records.push_back(std::move(record));
    }
    for (uint64_t now = in_flight; now >= kInFlight; now = in_flight) in_flight.wait(now);
    ++in_flight;
    bench.log().AppendAsync(std::move(request), [&in_flight](auto result) {
      Check(result.status());
      --in_flight;
      in_flight.notify_one();
    });
  }
  for (uint64_t now = in_flight; now > 0; now = in_flight) in_flight.wait(now);
}

}  // namespace

void BuildLog(const std::string& directory, uint64_t events) {
  Append(directory, events);
  Settle(directory);
}

}  // namespace tests::bench
