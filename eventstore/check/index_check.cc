#include "eventstore/check/index_check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"

namespace eventstore::check {
namespace {

constexpr size_t kDigestSize = 32;
constexpr size_t kPositionSize = 4 + 8 + log::EventId::kSize;
constexpr uint64_t kTellEvery = 4096;

// The record there, when it can be read and decoded.
std::optional<log::StoredEvent> Look(const Context& context, const FeedFacts& facts,
                                     uint64_t sequence) {
  auto bytes = context.database.Get(storage::RecordKey(facts.number, sequence));
  if (!bytes.ok()) return std::nullopt;
  auto event = log::DecodeRecord(facts.id, log::Sequence(sequence), *std::move(bytes));
  if (!event.ok()) return std::nullopt;
  return *std::move(event);
}

// Names the records that no entry led to.
void NameUnclaimed(Context& context, const FeedFacts& facts, Part part,
                   const std::vector<bool>& claimed) {
  for (uint64_t i = 0; i < facts.size; ++i) {
    if (claimed[i] || facts.damaged.contains(i)) continue;
    const auto event = Look(context, facts, i);
    if (!event) continue;
    context.report.Add({part, context.name, facts.id, log::Sequence(i), event->id, "",
                        "deze gebeurtenis staat er niet of anders in"});
  }
}

class StreamCheck {
 public:
  StreamCheck(Context& context, const FeedFacts& facts) : context_(context), facts_(facts) {}

  void Run() {
    if (!Go(/*closely=*/false)) return;
    if (sum_ == facts_.streams && !irregular_) return;
    claimed_.assign(facts_.size, false);
    const size_t before = context_.report.findings.size() + context_.report.left_out;
    if (!Go(/*closely=*/true)) return;
    NameUnclaimed(context_, facts_, Part::kStreamIndex, claimed_);
    const bool named = context_.report.findings.size() + context_.report.left_out > before;
    if (!named && facts_.damaged.empty()) Add("", "volgt niet uit de gebeurtenissen");
  }

 private:
  void Add(std::string place, std::string detail) {
    context_.Add(Part::kStreamIndex, &facts_.id, std::move(place), std::move(detail));
  }

  bool Go(bool closely) {
    stream_.reset();
    uint64_t entries = 0;
    const auto index = context_.database.Scan(storage::StreamsOf(facts_.number));
    for (; index->Valid(); index->Next()) {
      TakeEntry(index->key(), index->value(), closely);
      if (!closely) ++context_.report.index_entries;
      if (++entries % kTellEvery == 0 && !context_.Tell("stroomlijst")) return false;
    }
    if (!index->status().ok()) {
      if (closely) Add("", absl::StrCat("is niet te lezen (", index->status().message(), ")"));
      irregular_ = true;
    }
    return true;
  }

  void TakeEntry(std::string_view key, std::string_view value, bool closely) {
    const auto revision = storage::RevisionOfKey(key);
    const auto stream = log::StreamId::FromBytes(storage::StreamOfKey(key));
    if (!revision || !stream.ok() || value.size() != sizeof(uint64_t)) {
      irregular_ = true;
      if (closely) Add("", "een plaats heeft een verkeerde lengte");
      return;
    }
    const uint64_t sequence = storage::ReadUint64(value);
    const bool is_new = !stream_ || *stream_ != *stream;
    const bool regular = *revision == (is_new ? 0 : last_revision_ + 1) &&
                         (is_new || sequence > last_sequence_) && sequence < facts_.size;
    if (!closely) {
      sum_.Add(StreamEntry(*stream, sequence));
      irregular_ |= !regular;
    } else {
      LookAt(*stream, *revision, sequence, regular);
    }
    stream_ = *stream;
    last_revision_ = *revision;
    last_sequence_ = sequence;
  }

  void LookAt(const log::StreamId& stream, uint64_t revision, uint64_t sequence, bool regular) {
    const auto event = sequence < facts_.size ? Look(context_, facts_, sequence) : std::nullopt;
    const bool right = event && event->stream == stream && !claimed_[sequence];
    if (right) claimed_[sequence] = true;
    if (right && regular) return;
    // Of a damaged record nobody knows the stream.
    if (sequence < facts_.size && facts_.damaged.contains(sequence)) return;
    Add(absl::StrCat("stroom ", base::ToText(stream), " versie ", revision),
        right ? "de versies volgen elkaar niet op"
              : absl::StrCat("wijst naar gebeurtenis ", sequence, ", die er niet bij hoort"));
  }

  Context& context_;
  const FeedFacts& facts_;
  Sum sum_;
  bool irregular_ = false;
  std::vector<bool> claimed_;
  std::optional<log::StreamId> stream_;
  uint64_t last_revision_ = 0;
  uint64_t last_sequence_ = 0;
};

class RequestCheck {
 public:
  RequestCheck(Context& context, const std::vector<FeedFacts>& feeds) : context_(context) {
    for (const FeedFacts& facts : feeds) feeds_[facts.number] = &facts;
  }

  void Run() {
    if (!Go(/*closely=*/false)) return;
    bool same = !irregular_;
    bool damaged = false;
    for (const auto& [number, facts] : feeds_) {
      same &= sums_[number] == facts->requests;
      damaged |= !facts->damaged.empty();
    }
    // Also without the mark that the list is complete, as after events came back from peers:
    // all of it is here, and the log makes it again when it is opened.
    if (same) return;
    if (!context_.database.Get(storage::RequestIndexKey()).ok()) {
      return Add("", "is niet volledig; het knooppunt maakt de lijst opnieuw als het start");
    }
    for (const auto& [number, facts] : feeds_) claimed_[number].assign(facts->size, false);
    const size_t before = context_.report.findings.size() + context_.report.left_out;
    if (!Go(/*closely=*/true)) return;
    for (const auto& [number, facts] : feeds_) {
      NameUnclaimed(context_, *facts, Part::kRequestIndex, claimed_[number]);
    }
    const bool named = context_.report.findings.size() + context_.report.left_out > before;
    if (!named && !damaged) Add("", "volgt niet uit de gebeurtenissen");
  }

 private:
  void Add(std::string place, std::string detail) {
    context_.Add(Part::kRequestIndex, nullptr, std::move(place), std::move(detail));
  }

  bool Go(bool closely) {
    uint64_t entries = 0;
    const auto index = context_.database.Scan(storage::RequestIndex());
    for (; index->Valid(); index->Next()) {
      if (index->key() == storage::RequestIndexKey()) continue;
      TakeEntry(storage::RequestOfKey(index->key()), index->value(), closely);
      if (!closely) ++context_.report.index_entries;
      if (++entries % kTellEvery == 0 && !context_.Tell("verzoekenlijst")) return false;
    }
    if (!index->status().ok()) {
      if (closely) Add("", absl::StrCat("is niet te lezen (", index->status().message(), ")"));
      irregular_ = true;
    }
    return true;
  }

  void TakeEntry(std::string_view request, std::string_view value, bool closely) {
    const std::string place = absl::StrCat("verzoek ", base::ToHex(request));
    const bool whole = request.size() == log::RequestId::kSize && value.size() > kDigestSize &&
                       (value.size() - kDigestSize) % kPositionSize == 0;
    if (!whole) {
      irregular_ = true;
      if (closely) Add(place, "heeft een verkeerde lengte");
      return;
    }
    const std::string_view digest = value.substr(0, kDigestSize);
    std::map<storage::FeedNumber, uint64_t> last;
    for (value.remove_prefix(kDigestSize); !value.empty(); value.remove_prefix(kPositionSize)) {
      const storage::FeedNumber number = storage::ReadUint32(value);
      const uint64_t sequence = storage::ReadUint64(value.substr(4));
      const std::string_view event = value.substr(12, log::EventId::kSize);
      const auto known = last.find(number);
      const bool ordered = known == last.end() || known->second < sequence;
      last[number] = sequence;
      irregular_ |= !ordered || !feeds_.contains(number);
      if (!closely) {
        sums_[number].Add(RequestEntry(request, digest, number, sequence, event));
      } else if (!Look(request, digest, number, sequence, event) || !ordered) {
        Add(place, absl::StrCat("wijst naar gebeurtenis ", sequence, " van reeks nummer ", number,
                                ", die er niet bij hoort"));
      }
    }
  }

  bool Look(std::string_view request, std::string_view digest, storage::FeedNumber number,
            uint64_t sequence, std::string_view event) {
    const auto found = feeds_.find(number);
    if (found == feeds_.end() || sequence >= found->second->size) return false;
    if (found->second->damaged.contains(sequence)) return true;
    const auto record = eventstore::check::Look(context_, *found->second, sequence);
    const bool right = record && record->request.view() == request &&
                       record->request_digest == digest && record->id.view() == event;
    if (right) claimed_[number][sequence] = true;
    return right;
  }

  Context& context_;
  std::map<storage::FeedNumber, const FeedFacts*> feeds_;
  std::map<storage::FeedNumber, Sum> sums_;
  std::map<storage::FeedNumber, std::vector<bool>> claimed_;
  bool irregular_ = false;
};

}  // namespace

void CheckStreams(Context& context, const FeedFacts& facts) { StreamCheck(context, facts).Run(); }

void CheckRequests(Context& context, const std::vector<FeedFacts>& feeds) {
  RequestCheck(context, feeds).Run();
}

}  // namespace eventstore::check
