// Both sides of the exchanges joined: pure, from rows of several feeds.
#include <algorithm>
#include <string_view>
#include <tuple>

#include "projections/views/exchanges/exchanges.h"
#include "projections/views/exchanges/side.h"

namespace projections::views::exchanges {

using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::StreamId;
using kept::KeptEvent;
using Word = HostSide::Word;

namespace {

// Whether the two sides say things that cannot both be true. What one side has not
// said, or not to this node yet, contradicts nothing.
bool Contradict(const LenderSide& lender, const HostSide& host) {
  if (host.contradicts_itself) return true;
  const auto* selection = host.selection();
  const auto* confirmation = lender.confirmation();
  if (selection == nullptr) return false;
  const bool same_selection =
      confirmation != nullptr && confirmation->selection() == selection->selection();
  if (same_selection && confirmation->terms_digest() != selection->terms_digest()) return true;
  if (host.word != Word::kAccepted) return false;
  if (same_selection) return !lender.holds_hours();
  // Accepted, while the lender withdrew or goes on with a later selection.
  return lender.withdrawn ||
         (confirmation != nullptr && confirmation->selection() > selection->selection());
}

bool Confirmed(const LenderSide& lender, const HostSide& host) {
  const auto* confirmation = lender.confirmation();
  return confirmation != nullptr && host.selection() != nullptr && lender.holds_hours() &&
         confirmation->selection() == host.selection()->selection();
}

void JudgeAccepted(const LenderSide& lender, const HostSide& host, Exchange& exchange) {
  exchange.status = Status::kAccepted;
  if (!Confirmed(lender, host)) {
    exchange.waiting_for = WaitingFor::kLenderRecords;
    return;
  }
  if (host.effective == nullptr) {
    exchange.waiting_for = WaitingFor::kCosignatures;
    return;
  }
  exchange.status = Status::kEffective;
  exchange.effective_at = host.effective->recorded_at;
}

// An end counts from the acceptance on, whichever side recorded it; the earlier last
// day when both did.
void ApplyEnd(const LenderSide& lender, const HostSide& host, Exchange& exchange) {
  if (exchange.status != Status::kAccepted && exchange.status != Status::kEffective) return;
  for (const KeptEvent* event : {lender.ended, host.ended}) {
    if (event == nullptr) continue;
    const auto& ended = event->body.secondment_ended();
    const bool is_earlier =
        exchange.status != Status::kEnded || ended.last_day() < exchange.ended_last_day;
    exchange.status = Status::kEnded;
    exchange.waiting_for = WaitingFor::kNobody;
    if (!is_earlier) continue;
    exchange.ended_last_day = ended.last_day();
    exchange.reason = *event;
  }
}

void Judge(const LenderSide& lender, const HostSide& host, Exchange& exchange) {
  if (Contradict(lender, host)) {
    exchange.status = Status::kConflict;
    exchange.waiting_for = WaitingFor::kBothToAgree;
    return;
  }
  if (host.word == Word::kAccepted) {
    JudgeAccepted(lender, host, exchange);
    ApplyEnd(lender, host, exchange);
    return;
  }
  if (lender.withdrawn != nullptr) {
    exchange.status = Status::kWithdrawn;
    exchange.reason = *lender.withdrawn;
    return;
  }
  const bool void_hours = lender.holds_hours();
  switch (host.word) {
    case Word::kHeld:
      exchange.status = Confirmed(lender, host) ? Status::kConfirmed : Status::kSelected;
      exchange.waiting_for =
          Confirmed(lender, host) ? WaitingFor::kHostToAccept : WaitingFor::kLenderToConfirm;
      return;
    case Word::kDeclined:
    case Word::kExpired:
      exchange.status = host.word == Word::kDeclined ? Status::kDeclined : Status::kExpired;
      if (host.word == Word::kDeclined) exchange.reason = *host.declined;
      exchange.waiting_for = void_hours ? WaitingFor::kLenderToRelease : WaitingFor::kNobody;
      return;
    default:
      exchange.waiting_for = WaitingFor::kHostToSelect;
      return;
  }
}

// `feed` stands for the lender's history, as `host_feed` for the host's.
std::optional<Exchange> JoinOne(const FeedId& feed, std::string_view id,
                                const std::vector<KeptEvent>& events, const kept::Things& all,
                                const Verdicts& verdicts, const Titles& titles) {
  std::vector<KeptEvent> own;
  for (const KeptEvent& event : events) {
    if (event.stream.view() == id) own.push_back(event);
  }
  const auto lender = FoldLender(own);
  if (!lender.has_value()) return std::nullopt;
  const auto& proposed = lender->proposed->body.secondment_proposed();
  const auto exchange_id = StreamId::FromBytes(id);
  const auto host_id = MemberId::FromBytes(proposed.host_member_id());
  const auto assignment = StreamId::FromBytes(proposed.assignment_id());
  if (!exchange_id.ok() || !host_id.ok() || !assignment.ok()) return std::nullopt;

  const FeedId host_feed{feed.circle, *host_id, feed.epoch};
  const auto key = std::pair(host_feed, std::string(id));
  static const std::vector<KeptEvent> kNoEvents;
  static const VerdictsOfOne kNoVerdicts;
  const auto host_events = all.find(key);
  const auto host_verdicts = verdicts.find(key);
  const HostSide host = FoldHost(
      host_events == all.end() ? kNoEvents : host_events->second, proposed.assignment_id(),
      feed.member.bytes(), host_verdicts == verdicts.end() ? kNoVerdicts : host_verdicts->second);

  Exchange exchange;
  exchange.id = *exchange_id;
  exchange.lender = lender->proposed->feed;
  exchange.host = *host_id;
  exchange.assignment = *assignment;
  const auto title = titles.find({host_feed, proposed.assignment_id()});
  if (title != titles.end()) exchange.assignment_title = title->second;
  exchange.proposed = *lender->proposed;
  exchange.cosignatures = host.cosignatures;
  if (const auto* selection = host.selection(); selection != nullptr) {
    exchange.selected = *host.selected;
    exchange.seat = selection->seat();
    exchange.selection = selection->selection();
    if (selection->confirm_by_microseconds() != 0) {
      exchange.confirm_by = absl::FromUnixMicros(selection->confirm_by_microseconds());
    }
  }
  if (const auto* confirmation = lender->confirmation(); confirmation != nullptr) {
    exchange.attestations.assign(confirmation->attestations().begin(),
                                 confirmation->attestations().end());
  }
  Judge(*lender, host, exchange);
  return exchange;
}

}  // namespace

std::vector<Exchange> Join(const kept::Things& events, const Verdicts& verdicts,
                           const Titles& titles) {
  std::vector<Exchange> exchanges;
  for (const auto& [name, of_feed] : events) {
    const auto& [feed, id] = name;
    auto exchange = JoinOne(feed, id, of_feed, events, verdicts, titles);
    if (exchange.has_value()) exchanges.push_back(*std::move(exchange));
  }
  std::sort(exchanges.begin(), exchanges.end(), [](const Exchange& a, const Exchange& b) {
    return std::tie(a.id, a.lender) < std::tie(b.id, b.lender);
  });
  return exchanges;
}

}  // namespace projections::views::exchanges
