#include "tests/simulation/mutants.h"

#include <algorithm>
#include <set>
#include <utility>

#include "eventstore/base/errors.h"
#include "tests/simulation/forwarding_log.h"

namespace tests::simulation {
namespace {

namespace commands = services::commands;
namespace domain = services::domain;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;
using Body = poolcirkel::event::v1::Event::BodyCase;

// ---- logs ----

// Gives the last event of a batch what the one before it says.
class MuddledSubscription final : public log::Subscription {
 public:
  explicit MuddledSubscription(std::unique_ptr<log::Subscription> inner)
      : inner_(std::move(inner)) {}
  absl::StatusOr<log::Cursor> Visit(absl::Duration timeout, size_t limit,
                                    const log::EventVisitor& visit) override {
    std::vector<log::StoredEvent> events;
    ASSIGN_OR_RETURN(const log::Cursor cursor,
                     inner_->Visit(timeout, limit, [&](const log::EventView& event) {
                       events.push_back(log::CopyOf(event));
                     }));
    if (events.size() >= 2) {
      events.back().payload = events[events.size() - 2].payload;
      events.back().type = events[events.size() - 2].type;
    }
    for (const log::StoredEvent& event : events) {
      const std::string bytes = log::EncodeRecord(event);
      RETURN_IF_ERROR(log::VisitStored(event.feed, event.sequence, bytes, visit));
    }
    return cursor;
  }
  void Cancel() override { inner_->Cancel(); }

 private:
  std::unique_ptr<log::Subscription> inner_;
};

class MuddledLog final : public ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  std::unique_ptr<log::Subscription> Subscribe(const log::Cursor& from,
                                               const log::Filter& filter) override {
    return std::make_unique<MuddledSubscription>(inner().Subscribe(from, filter));
  }
};

// Keeps no cosignature, so that nothing becomes effective.
class ForgetfulLog final : public ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  absl::Status StoreCosignature(const FeedId&, const log::MemberId&, const std::string&) override {
    return absl::OkStatus();
  }
};

// ---- runners ----

// The exchange that an event of a host is about; empty when it is about none.
std::string ExchangeOf(const poolcirkel::event::v1::Event& event) {
  return event.candidacy_selected().exchange_id() + event.selection_accepted().exchange_id() +
         event.candidacy_declined().exchange_id() + event.selection_expired().exchange_id() +
         event.acceptance_cosigned().exchange_id() + event.secondment_ended().exchange_id();
}

// What a command reads, without some kinds of events; or without what an assignment says of
// other exchanges than the one that was read before it.
class ForgetfulReader final : public commands::Runner::Reader {
 public:
  ForgetfulReader(Reader& inner, const std::set<Body>& forgotten, bool sees_one_exchange)
      : inner_(inner), forgotten_(forgotten), sees_one_exchange_(sees_one_exchange) {}
  absl::StatusOr<std::vector<domain::PastEvent>> Stream(const log::FeedId& feed,
                                                        const log::StreamId& stream) override {
    auto events = inner_.Stream(feed, stream);
    if (!events.ok() || events->empty()) return events;
    if (events->front().event.has_secondment_proposed()) exchange_ = stream.bytes();
    const bool assignment = events->front().event.has_assignment_published();
    std::erase_if(*events, [&](const domain::PastEvent& past) {
      if (forgotten_.contains(past.event.body_case())) return true;
      if (!sees_one_exchange_ || !assignment || exchange_.empty()) return false;
      const std::string about = ExchangeOf(past.event);
      return !about.empty() && about != exchange_;
    });
    return events;
  }
  void Expect(const log::FeedId& feed, const log::StreamId& stream, uint64_t revision) override {
    inner_.Expect(feed, stream, revision);
  }

 private:
  Reader& inner_;
  const std::set<Body>& forgotten_;
  const bool sees_one_exchange_;
  std::string exchange_;
};

// Decides on what it remembers, and may change what was decided.
class WrongRunner final : public commands::Runner {
 public:
  struct Wrong {
    std::set<Body> forgets = {};
    std::function<void(domain::Decision&)> changes = {};
    bool new_request_each_time = false;
    bool sees_one_exchange = false;
  };
  WrongRunner(std::unique_ptr<Runner> inner, Wrong wrong)
      : inner_(std::move(inner)), wrong_(std::move(wrong)) {}

  absl::StatusOr<Result> Run(const commands::CommandRequest& request,
                             const Decide& decide) override {
    return inner_->Run(Changed(request), Changed(decide));
  }
  absl::StatusOr<Result> RunAlone(const commands::CommandRequest& request,
                                  const Decide& decide) override {
    return inner_->RunAlone(Changed(request), Changed(decide));
  }
  absl::Status Alone(const std::function<absl::Status()>& work) override {
    return inner_->Alone(work);
  }
  bool MayWrite(const services::membership::CirclePtr& circle) override {
    return inner_->MayWrite(circle);
  }

 private:
  commands::CommandRequest Changed(commands::CommandRequest request) {
    if (!wrong_.new_request_each_time || request.actor.role == "policy") return request;
    auto bytes = request.request.array();
    bytes[0] = static_cast<uint8_t>(bytes[0] + ++count_);
    request.request = log::RequestId(bytes);
    return request;
  }
  Decide Changed(const Decide& decide) {
    return [this, decide](Reader& reader) -> absl::StatusOr<domain::Decision> {
      ForgetfulReader forgetful(reader, wrong_.forgets, wrong_.sees_one_exchange);
      ASSIGN_OR_RETURN(domain::Decision decision, decide(forgetful));
      if (wrong_.changes) wrong_.changes(decision);
      return decision;
    };
  }

  const std::unique_ptr<Runner> inner_;
  const Wrong wrong_;
  uint8_t count_ = 0;
};

Seams WithRunner(const WrongRunner::Wrong& wrong) {
  Seams seams;
  seams.runner = [wrong](std::unique_ptr<commands::Runner> inner,
                         const services::membership::Circles&) {
    return std::make_unique<WrongRunner>(std::move(inner), wrong);
  };
  return seams;
}

// The name goes where the circle's members look.
void TellTheName(domain::Decision& decision) {
  std::string name;
  for (const auto& event : decision.events) {
    if (event.event.has_professional_registered()) {
      name = event.event.professional_registered().identity().name();
    }
  }
  for (auto& event : decision.events) {
    if (!event.event.has_profile_stated() || name.empty()) continue;
    event.event.mutable_profile_stated()->mutable_profile()->set_summary(name);
  }
}

// Everybody is given the first seat, whoever sits there.
void AcceptOnTheFirstSeat(domain::Decision& decision) {
  for (auto& event : decision.events) {
    if (event.event.has_selection_accepted()) event.event.mutable_selection_accepted()->set_seat(1);
  }
}

// ---- keys ----

// Says that it destroyed.
class KeepingKeyFile final : public privacy::KeyFile {
 public:
  explicit KeepingKeyFile(std::unique_ptr<KeyFile> inner) : inner_(std::move(inner)) {}
  absl::Status Create(privacy::ClassKey key) override { return inner_->Create(std::move(key)); }
  absl::Status CreateAll(std::vector<privacy::ClassKey> keys) override {
    return inner_->CreateAll(std::move(keys));
  }
  absl::Status Keep(const std::vector<privacy::ClassKey>& keys) override {
    return inner_->Keep(keys);
  }
  absl::Status Destroy(const privacy::KeyId&) override { return absl::OkStatus(); }
  std::optional<privacy::ClassKey> Find(const privacy::KeyId& id) const override {
    return inner_->Find(id);
  }
  bool IsDestroyed(const privacy::KeyId& id) const override { return inner_->IsDestroyed(id); }
  std::vector<privacy::ClassKey> KeysOf(const log::CircleId& circle) const override {
    return inner_->KeysOf(circle);
  }
  std::vector<privacy::ClassKey> KeysMadeBy(const log::CircleId& circle,
                                            const log::MemberId& member) const override {
    return inner_->KeysMadeBy(circle, member);
  }
  uint64_t version() const override { return inner_->version(); }

 private:
  const std::unique_ptr<KeyFile> inner_;
};

// ---- policies ----

Seams WithoutPolicy(const std::string& name) {
  Seams seams;
  seams.policies = [name](std::vector<std::unique_ptr<services::policies::Policy>>& policies,
                          const services::policies::PolicyParts&) {
    std::erase_if(policies, [&](const auto& policy) { return policy->name() == name; });
  };
  return seams;
}

template <typename Log>
Seams WithLog() {
  Seams seams;
  seams.log = [](std::unique_ptr<log::EventLog> inner) {
    return std::make_unique<Log>(std::move(inner));
  };
  return seams;
}

}  // namespace

std::vector<Mutant> Mutants() {
  std::vector<Mutant> mutants;
  Seams lazy_disk;
  lazy_disk.disk_drops_syncs = true;
  mutants.push_back({"a disk that only says that it synced", "(a)", lazy_disk});
  mutants.push_back({"a subscription that muddles two events", "(b)", WithLog<MuddledLog>()});
  mutants.push_back({"a lender that does not look in its ledger", "(c)",
                     WithRunner({.forgets = {Body::kHoursReserved}})});
  mutants.push_back({"a lender that forgot that it lost its private feed", "(c)",
                     WithRunner({.forgets = {Body::kPrivateFeedRestarted}})});
  mutants.push_back({"a host that does not see who else has the seat", "(d)",
                     WithRunner({.sees_one_exchange = true})});
  mutants.push_back({"a host that accepts everybody on the first seat", "(d)",
                     WithRunner({.changes = AcceptOnTheFirstSeat})});
  Seams generous;
  generous.gives_keys_to_anybody = true;
  mutants.push_back({"a node that hands its keys to anybody", "(e)", generous});
  mutants.push_back({"a registration that tells the circle the name", "(e)",
                     WithRunner({.changes = TellTheName})});
  Seams keeping;
  keeping.keys = [](std::unique_ptr<privacy::KeyFile> inner) {
    return std::make_unique<KeepingKeyFile>(std::move(inner));
  };
  mutants.push_back({"a key file that keeps what it destroys", "(f)", keeping});
  mutants.push_back({"nothing expires", "(h)", WithoutPolicy("expire-selections")});
  mutants.push_back({"nothing is released", "(h)", WithoutPolicy("release-hours")});
  mutants.push_back({"cosignatures are not kept", "(h)", WithLog<ForgetfulLog>()});
  mutants.push_back({"nobody signs the end of an epoch", "(h)", WithoutPolicy("sign-epochs")});
  mutants.push_back({"nobody adopts a charter", "(h)", WithoutPolicy("adopt-charters")});
  Seams hasty;
  hasty.unlocks_at_once = true;
  mutants.push_back({"a lost disk is written on at once", "(h)", hasty});
  mutants.push_back(
      {"a request that is executed twice", "(x)", WithRunner({.new_request_each_time = true})});
  return mutants;
}

}  // namespace tests::simulation
