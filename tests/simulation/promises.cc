// (c) and (d): what was promised, counted from the bare events of all feeds with the keys
// of those who wrote them, by nothing of the code that decides.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/id.h"
#include "eventstore/privacy/sealing.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "tests/simulation/checkers.h"

namespace tests::simulation {
namespace {

namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;
namespace log = eventstore::log;

struct Opened {
  log::StoredEvent stored;
  event::Event body;
};

// All events of a feed at a node, opened with the keys of `reader`.
std::vector<Opened> Read(Node& holder, const log::FeedId& feed, Node& reader) {
  std::vector<Opened> events;
  const uint64_t size = holder.node->log->Size(feed);
  if (size == 0) return events;
  const auto stored = holder.node->log->ReadFeed(feed, log::Sequence(0), size);
  if (!stored.ok()) return events;
  for (const auto& one : *stored) {
    Opened opened{one, {}};
    if (!opened.body.ParseFromString(one.payload)) continue;
    eventstore::privacy::Open(opened.body, one.stream, one.id, feed.circle, feed.member,
                              *reader.node->keys)
        .IgnoreError();
    events.push_back(std::move(opened));
  }
  return events;
}

// The same over all epochs of a member, as far as they count.
std::vector<Opened> ReadHistory(Node& holder, const services::membership::Circle& known,
                                const log::MemberId& member, Node& reader) {
  std::vector<Opened> events;
  for (const auto& part : known.FeedsOf(member)) {
    for (Opened& one : Read(holder, part.feed, reader)) {
      if (part.Counts(one.stored.sequence)) events.push_back(std::move(one));
    }
  }
  return events;
}

using Weeks = std::map<std::pair<int, int>, int64_t>;

// What a host said about an exchange.
struct HostSide {
  std::map<uint32_t, event::Terms> terms;  // by selection
  std::set<uint32_t> accepted;
  std::optional<std::string> last_day;
};

class Ledger {
 public:
  explicit Ledger(Simulation& simulation) : simulation_(simulation) {}

  void CheckLender(Node& lender) {
    for (const auto& circle : lender.node->circles->Heard()) FindRestart(lender, *circle);
    ReadPrivateFeed(lender);
    for (size_t circle = 0; circle < simulation_.circles().size(); ++circle) {
      const auto& members = simulation_.circles()[circle].members;
      if (std::find(members.begin(), members.end(), lender.number) != members.end()) {
        ReadCircle(lender, circle);
      }
    }
    for (const auto& [person, weeks] : promised_) {
      for (const auto& [week, minutes] : weeks) {
        if (minutes <= capacity_[person][week]) continue;
        simulation_.Fail(absl::StrCat("(c) node ", lender.number, " promised ", minutes,
                                      " minutes of ", capacity_[person][week], " in week ",
                                      week.second));
      }
    }
  }

 private:
  // The first of the circles' last: what one says of it holds for all.
  void FindRestart(Node& lender, const services::membership::Circle& circle) {
    std::optional<absl::Time> last;
    for (const Opened& one : ReadHistory(lender, circle, circle.self, lender)) {
      if (one.body.has_private_feed_restarted()) last = one.stored.recorded_at;
    }
    if (last.has_value()) restarted_ = std::min(*last, restarted_.value_or(*last));
  }

  // What it knew of hours before is gone; from there on it is counted anew.
  bool Counts(const Opened& one) const {
    return !restarted_.has_value() || one.stored.recorded_at > *restarted_;
  }

  void ReadPrivateFeed(Node& lender) {
    for (const Opened& one : Read(lender, lender.private_feed(), lender)) {
      const std::string person = one.stored.stream.bytes();
      if (one.body.has_professional_listed()) {
        listed_[one.body.professional_listed().circle_professional_id()] = person;
      }
      if (one.body.has_professional_erased()) erased_.insert(person);
      if (!Counts(one)) continue;
      for (const auto& week : one.body.capacity_stated().weeks()) {
        capacity_[person][{week.iso_year(), week.iso_week()}] = week.minutes();
      }
    }
  }

  void ReadCircle(Node& lender, size_t circle) {
    const auto known = simulation_.CircleAt(lender.number, circle);
    struct Proposal {
      event::SecondmentProposed body;
      std::map<uint32_t, bool> confirmed;  // by selection: whether it counts
      std::optional<std::string> last_day;
    };
    std::map<std::string, Proposal> proposals;
    bool may_confirm = true;
    for (const Opened& one : ReadHistory(lender, *known, known->self, lender)) {
      if (one.body.has_private_feed_restarted()) may_confirm = false;
      if (one.body.has_capacity_restated()) may_confirm = true;
      if (!may_confirm && one.body.has_secondment_confirmed()) {
        simulation_.Fail(
            absl::StrCat("(c) node ", lender.number, " lost its private feed and confirmed"));
      }
      Proposal& proposal = proposals[one.stored.stream.bytes()];
      if (one.body.has_secondment_proposed()) proposal.body = one.body.secondment_proposed();
      if (one.body.has_secondment_confirmed()) {
        proposal.confirmed[one.body.secondment_confirmed().selection()] = Counts(one);
      }
      if (one.body.has_confirmation_released()) {
        proposal.confirmed.erase(one.body.confirmation_released().selection());
      }
      if (one.body.has_secondment_ended()) {
        proposal.last_day = one.body.secondment_ended().last_day();
      }
    }
    for (const auto& [exchange, proposal] : proposals) {
      const auto host_id = log::MemberId::FromBytes(proposal.body.host_member_id());
      Node* host = host_id.ok() ? simulation_.network().NodeOf(*known, *host_id) : nullptr;
      if (host == nullptr || !simulation_.IsHonest(host->number)) continue;
      const HostSide side =
          ReadHost(*host, lender, circle, proposal.body.assignment_id(), exchange);
      for (const uint32_t selection : side.accepted) {
        const auto confirmed = proposal.confirmed.find(selection);
        if (confirmed == proposal.confirmed.end()) {
          simulation_.Fail(absl::StrCat("(c) node ", host->number, " accepted selection ",
                                        selection, " that node ", lender.number,
                                        " has not confirmed"));
        }
        if (confirmed == proposal.confirmed.end() || !confirmed->second) continue;
        Promise(proposal.body.professional_id(), side, selection,
                proposal.last_day.has_value() ? proposal.last_day : side.last_day);
      }
    }
  }

  HostSide ReadHost(Node& host, Node& reader, size_t circle, const std::string& assignment,
                    const std::string& exchange) const {
    HostSide side;
    const auto known = simulation_.CircleAt(host.number, circle);
    for (const Opened& one : ReadHistory(host, *known, known->self, reader)) {
      if (one.stored.stream.bytes() == assignment) {
        const auto& selected = one.body.candidacy_selected();
        if (one.body.has_candidacy_selected() && selected.exchange_id() == exchange) {
          side.terms[selected.selection()] = selected.terms();
        }
        const auto& accepted = one.body.selection_accepted();
        if (one.body.has_selection_accepted() && accepted.exchange_id() == exchange) {
          side.accepted.insert(accepted.selection());
        }
      }
      const auto& ended = one.body.secondment_ended();
      if (one.body.has_secondment_ended() && ended.exchange_id() == exchange) {
        side.last_day = ended.last_day();
      }
    }
    return side;
  }

  void Promise(const std::string& professional, const HostSide& side, uint32_t selection,
               const std::optional<std::string>& last_day) {
    const auto person = listed_.find(professional);
    const auto terms = side.terms.find(selection);
    if (person == listed_.end() || terms == side.terms.end() || erased_.contains(person->second)) {
      return;
    }
    std::optional<base::IsoWeek> last;
    if (last_day.has_value()) {
      const auto day = base::ParseDate(*last_day);
      if (day.ok()) last = base::IsoWeekOf(*day);
    }
    for (const auto& week : terms->second.weeks()) {
      if (last.has_value() && *last < base::IsoWeek{week.iso_year(), week.iso_week()}) continue;
      promised_[person->second][{week.iso_year(), week.iso_week()}] += week.minutes();
    }
  }

  Simulation& simulation_;
  std::map<std::string, std::string> listed_;  // id in a circle, private id
  std::set<std::string> erased_;
  std::map<std::string, Weeks> capacity_;
  std::map<std::string, Weeks> promised_;
  // When its private feed came back less than whole.
  std::optional<absl::Time> restarted_;
};

void CheckSeatsOf(Simulation& simulation, Node& host, size_t circle) {
  struct Seats {
    uint32_t count = 0;
    std::map<uint32_t, std::set<std::string>> taken;  // by seat
    std::map<std::string, uint32_t> seat_of;
  };
  std::map<std::string, Seats> assignments;
  const auto known = simulation.CircleAt(host.number, circle);
  for (const Opened& one : ReadHistory(host, *known, known->self, host)) {
    Seats& seats = assignments[one.stored.stream.bytes()];
    if (one.body.has_assignment_published()) {
      seats.count = static_cast<uint32_t>(one.body.assignment_published().seats());
    }
    if (one.body.has_selection_accepted()) {
      const auto& accepted = one.body.selection_accepted();
      seats.taken[accepted.seat()].insert(accepted.exchange_id());
      seats.seat_of[accepted.exchange_id()] = accepted.seat();
      if (accepted.seat() < 1 || accepted.seat() > seats.count) {
        simulation.Fail(absl::StrCat("(d) node ", host.number, " filled seat ", accepted.seat(),
                                     " of ", seats.count));
      }
    }
    if (one.body.has_secondment_ended()) {
      const std::string& exchange = one.body.secondment_ended().exchange_id();
      for (auto& [id, other] : assignments) {
        if (other.seat_of.contains(exchange)) other.taken[other.seat_of[exchange]].erase(exchange);
      }
    }
    for (const auto& [seat, exchanges] : seats.taken) {
      if (exchanges.size() < 2) continue;
      simulation.Fail(absl::StrCat("(d) node ", host.number, " filled seat ", seat, " twice"));
    }
  }
}

}  // namespace

void CheckPromises(Simulation& simulation) {
  for (const auto& node : simulation.nodes()) {
    if (!node->IsRunning() || !simulation.IsHonest(node->number)) continue;
    Ledger(simulation).CheckLender(*node);
  }
  CheckSeats(simulation);
}

void CheckSeats(Simulation& simulation) {
  for (const auto& node : simulation.nodes()) {
    if (!node->IsRunning() || !simulation.IsHonest(node->number)) continue;
    for (size_t circle = 0; circle < simulation.circles().size(); ++circle) {
      if (simulation.CircleAt(node->number, circle) != nullptr) {
        CheckSeatsOf(simulation, *node, circle);
      }
    }
  }
}

}  // namespace tests::simulation
