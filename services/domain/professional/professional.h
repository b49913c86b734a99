#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "eventstore/crypto/digest.h"
#include "poolcirkel/event/v1/erasure.pb.h"
#include "poolcirkel/event/v1/professional.pb.h"
#include "services/domain/context.h"
#include "services/domain/event.h"
#include "services/domain/weeks.h"

// A professional at the home pool: who it is, in which circles it is offered, and the
// ledger of its hours. One stream in the private feed, id = the private id. In a
// circle's feed there is a second stream under an id that is random for that circle.
namespace services::domain::professional {

// A reservation of one selection of an exchange.
struct Reservation {
  CircleId circle;
  StreamId exchange;
  uint32_t selection = 0;
  WeekMap weeks;  // what is still reserved
};

struct Listing {
  StreamId id;  // the professional's id in that circle
  std::string commitment_salt;
};

// Folded from the private stream, opened.
struct State {
  bool registered = false;
  // Nothing may be done for it any more; `registered` is false then. The listings stay:
  // they name the keys.
  bool erased = false;
  StreamId private_id;
  poolcirkel::event::v1::Identity identity;
  poolcirkel::event::v1::Profile profile;
  WeekMap capacity;
  // By exchange and selection.
  std::map<std::pair<StreamId, uint32_t>, Reservation> reservations;
  std::map<CircleId, Listing> listings;
  std::set<std::pair<CircleId, MemberId>> identity_opened_to;
  // A sealed field of an event could not be opened: nothing may be promised on this.
  bool unreadable = false;
  uint64_t revision = 0;  // events folded
  uint64_t ignored = 0;   // events that made no sense here
};

// Folded from the stream in a circle's feed; at any member that can open it.
struct CircleState {
  bool stated = false;
  bool erasure_ordered = false;
  StreamId id;
  FeedId feed;
  std::optional<poolcirkel::event::v1::Profile> profile;
  std::string identity_commitment;
  WeekMap free_minutes;
  uint64_t ignored = 0;
};

void Evolve(State& state, const PastEvent& event);
void Evolve(CircleState& state, const PastEvent& event);

// ---- the ledger ----

// Minutes reserved in each week, all exchanges together.
WeekMap Reserved(const State& state);
// Capacity minus reservations for every week that either of them names; never below 0.
WeekMap Free(const State& state);
// HOURS_PROMISED_TWICE unless `asked` fits in what is free: names every week that does
// not, with capacity, reserved and asked hours. FAILED_PRECONDITION LEDGER_UNREADABLE when
// part of the ledger could not be opened.
absl::Status CheckFree(const State& state, const WeekMap& asked);

// SHA-256("poolcirkel.example/v1/identity\n" || salt || Identity, deterministic). Whoever
// holds an identity against a commitment checks the size of the salt first: with a longer
// one the beginning of an identity could pass for salt, and one commitment for two people.
inline constexpr size_t kCommitmentSaltSize = 16;
eventstore::crypto::Digest IdentityCommitment(const std::string& salt,
                                              const poolcirkel::event::v1::Identity& identity);

// ---- events that other deciders put in their decision ----

// HoursReserved in the private feed.
NewEvent ReserveHours(const State& state, const Reservation& reservation, const Context& context);
// HoursReleased in the private feed; everything when `from` is unset.
NewEvent ReleaseHours(const State& state, const StreamId& exchange, uint32_t selection,
                      std::optional<IsoWeek> from, const Context& context);
// FreeHoursStated in every circle that the professional is listed in, for `weeks` only,
// as `after` says it is.
std::vector<NewEvent> StateFreeHours(const State& after, const WeekMap& weeks);

// ---- deciders ----

// Context: new_private_id (unless `state` is registered already: then this lists the
// professional in another circle), new_id (id in the circle), salt. The state is that
// of an empty stream for a new professional.
struct RegisterProfessional {
  poolcirkel::event::v1::Identity identity;
  poolcirkel::event::v1::Profile profile;
  WeekList capacity;
  // Pseudonyms that the home pool uses already.
  std::set<std::string> taken_pseudonyms;
};
// ALREADY_LISTED; PSEUDONYM_TAKEN; INVALID_FIELD ("profile.pseudonym", "capacity[3]").
absl::StatusOr<Decision> Register(const State& state, const RegisterProfessional& command,
                                  const Context& context);

struct StateCapacityCommand {
  WeekList weeks;
};
// CAPACITY_BELOW_RESERVED names the weeks; PROFESSIONAL_UNKNOWN; INVALID_FIELD.
absl::StatusOr<Decision> StateCapacity(const State& state, const StateCapacityCommand& command,
                                       const Context& context);

struct OpenIdentityCommand {
  MemberId member;
};
// PROFESSIONAL_UNKNOWN when it is not listed in this circle, MEMBER_UNKNOWN,
// ALREADY_OPENED, INVALID_FIELD (our own member).
absl::StatusOr<Decision> OpenIdentity(const State& state, const OpenIdentityCommand& command,
                                      const Context& context);

struct EraseProfessional {
  poolcirkel::event::v1::ErasureGround ground = poolcirkel::event::v1::ERASURE_GROUND_UNSPECIFIED;
};
// Says so in the private feed and orders it in every circle that the professional is
// listed in; the keys are destroyed by who reads it. PROFESSIONAL_UNKNOWN, ALREADY_ERASED,
// INVALID_FIELD ("ground"). ERASURE_WHILE_RESERVED names the exchanges that still need
// hours, whatever the ground: the data are needed to carry out what two organisations
// agreed, and ending that is a decision of its own.
absl::StatusOr<Decision> Erase(const State& state, const EraseProfessional& command,
                               const Context& context);
// The same for one whose ledger was lost with the private feed: in this circle only, and
// whatever was promised, which nobody knows any more.
absl::StatusOr<Decision> EraseOffered(const CircleState& state, const EraseProfessional& command,
                                      const Context& context);

struct AcknowledgeErasure {
  StreamId professional;  // in the circle
  absl::Time destroyed_online_at;
  absl::CivilDay last_backup_expires_on;
};
// What a member of the circle says when it has destroyed the keys. Context: new_id.
Decision Acknowledge(const AcknowledgeErasure& command, const Context& context);

}  // namespace services::domain::professional
