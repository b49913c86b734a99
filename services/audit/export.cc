#include "services/audit/export.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "services/audit/export_heads.h"
#include "services/audit/verify/bundle.h"
#include "services/audit/verify/steps.h"
#include "services/audit/verify/verify.h"

namespace services::audit {

using eventstore::log::EventLog;
using eventstore::log::Revision;
using eventstore::log::StoredEvent;
using eventstore::log::StreamId;
using membership::FeedPart;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::SignedCharter;
using poolcirkel::log::v1::Bundle;
using poolcirkel::log::v1::BundledFeed;
using projections::views::exchanges::Exchange;
using Body = poolcirkel::event::v1::Event;

namespace {

constexpr size_t kReadAtOnce = 256;

class Exporter {
 public:
  Exporter(const EventLog& log, const membership::Circle& circle, const Exchange& exchange)
      : log_(log), circle_(circle), exchange_(exchange) {}

  absl::StatusOr<Bundle> Make(const std::string& exchange_key) {
    bundle_.set_exchange_id(exchange_.id.bytes());
    bundle_.set_exchange_key(exchange_key);
    AddCharters();
    const verify::FeedKeys keys(charters_);
    // Members in the order of their feeds.
    auto members = std::vector{exchange_.lender.member, exchange_.host};
    std::ranges::sort(members);
    for (const auto& member : members) {
      for (const FeedPart& part : circle_.FeedsOf(member)) RETURN_IF_ERROR(AddFeed(part, keys));
    }
    bundle_.set_version(1);
    RETURN_IF_ERROR(CheckResult());
    return std::move(bundle_);
  }

 private:
  // Exactly the signatures that each version needs, by member id.
  void AddCharters() {
    for (const SignedCharter& version : circle_.chain) {
      const int needed = charters_.empty() ? version.signatures_size()
                                           : static_cast<int>(charters_.back().quorum());
      std::vector<poolcirkel::event::v1::CharterSignature> signatures(version.signatures().begin(),
                                                                      version.signatures().end());
      std::ranges::sort(signatures, {}, [](const auto& one) { return one.member_id(); });
      SignedCharter exact;
      exact.set_charter(version.charter());
      for (auto& signature : signatures) {
        if (exact.signatures_size() < needed) *exact.add_signatures() = std::move(signature);
      }
      bundle_.add_charters(exact.SerializeAsString());
      charters_.emplace_back().ParseFromString(version.charter());
    }
  }

  // What counts of the exchange in one feed.
  absl::StatusOr<std::vector<StoredEvent>> ReadEvents(const FeedPart& part) const {
    const bool of_lender = part.feed.member == exchange_.lender.member;
    const StreamId& stream = of_lender ? exchange_.id : exchange_.assignment;
    std::vector<StoredEvent> events;
    for (uint64_t revision = 0;;) {
      ASSIGN_OR_RETURN(auto read,
                       log_.ReadStream(part.feed, stream, Revision(revision), kReadAtOnce));
      for (StoredEvent& event : read) {
        Body body;
        const bool shown = part.Counts(event.sequence) && body.ParseFromString(event.payload) &&
                           (of_lender || verify::IsAbout(body, exchange_.id.view()));
        if (shown) events.push_back(std::move(event));
      }
      if (read.size() < kReadAtOnce) return events;
      revision += read.size();
    }
  }

  // Heads for what was found: cosigned ones when the acceptance is among it.
  std::vector<ChosenHead> HeadsFor(const FeedPart& part, const std::vector<StoredEvent>& events,
                                   const verify::FeedKeys& keys) const {
    std::vector<std::string> notes;
    const StoredEvent* acceptance = nullptr;
    for (const StoredEvent& event : events) {
      Body body;
      if (!body.ParseFromString(event.payload)) continue;
      if (body.has_selection_accepted()) acceptance = &event;
      const auto& evidence = body.acceptance_cosigned().cosigned_checkpoints();
      notes.insert(notes.end(), evidence.begin(), evidence.end());
    }
    const auto known = KnownHeads(log_, part.feed, keys, notes);
    if (acceptance == nullptr) return ChooseNewest(known);
    return ChooseCosigned(known, part.feed, acceptance->sequence.value(), charters_);
  }

  absl::Status AddFeed(const FeedPart& part, const verify::FeedKeys& keys) {
    ASSIGN_OR_RETURN(auto events, ReadEvents(part));
    const auto heads = HeadsFor(part, events, keys);
    // The newest head can be a moment older than the newest event.
    std::erase_if(events, [&](const StoredEvent& event) {
      return heads.empty() || event.sequence.value() >= heads.front().size;
    });
    if (events.empty()) return absl::OkStatus();
    BundledFeed& feed = *bundle_.add_feeds();
    *feed.mutable_feed() = eventstore::log::ToProto(part.feed);
    for (const ChosenHead& head : heads) feed.add_checkpoint_notes(head.note);
    for (const StoredEvent& event : events) {
      auto& bundled = *feed.add_events();
      bundled.set_sequence(event.sequence.value());
      bundled.set_record(event.bytes);
      for (const ChosenHead& head : heads) {
        auto& proof = *bundled.add_proofs();
        if (event.sequence.value() >= head.size) continue;
        ASSIGN_OR_RETURN(const auto path,
                         log_.InclusionProof(part.feed, event.sequence, head.size));
        for (const auto& hash : path) proof.add_hashes(hash.bytes());
      }
    }
    return absl::OkStatus();
  }

  // As any reader would.
  absl::Status CheckResult() const {
    const auto report = verify::VerifyBundle(verify::EncodeBundle(bundle_), circle_.id);
    if (report.ok) return absl::OkStatus();
    std::string why;
    for (const auto& claim : report.claims) {
      if (!claim.ok) absl::StrAppend(&why, why.empty() ? "" : " ", claim.sentence);
    }
    return eventstore::base::Refusal(
               absl::StatusCode::kFailedPrecondition, "BUNDLE_INCOMPLETE",
               absl::StrCat("deze uitwisseling is met wat dit knooppunt heeft niet te bewijzen: ",
                            why))
        .Metadata("exchange_id", eventstore::base::ToText(exchange_.id))
        .Remedy(
            "wacht tot beide kanten en genoeg andere leden hebben ondertekend; kijk met "
            "`poolcirkel audit exchanges`")
        .Status();
  }

  const EventLog& log_;
  const membership::Circle& circle_;
  const Exchange& exchange_;
  Bundle bundle_;
  std::vector<Charter> charters_;
};

}  // namespace

absl::StatusOr<Bundle> MakeBundle(const EventLog& log, const membership::Circle& circle,
                                  const Exchange& exchange, const std::string& exchange_key) {
  return Exporter(log, circle, exchange).Make(exchange_key);
}

}  // namespace services::audit
