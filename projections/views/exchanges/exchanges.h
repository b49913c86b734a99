#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/event/v1/secondment.pb.h"
#include "projections/engine/engine.h"
#include "projections/engine/view.h"
#include "projections/views/exchanges/cosignatures.h"
#include "projections/views/kept/kept_event.h"

// The exchanges of a circle, both sides joined by the exchange's id. The lender's
// events count only in its own stream of the exchange, the host's only in its stream of
// the assignment that the lender proposed for. Evidence of cosignatures is verified
// once, by the fold, against the charters that the host adopted in the same feed; the
// verdict is a row.
namespace projections::views::exchanges {

inline constexpr char kViewName[] = "exchanges";

class Exchanges final : public engine::View {
 public:
  std::string_view name() const override { return kViewName; }
  uint32_t version() const override { return 4; }
  absl::Status Fold(const engine::Event& event, engine::RowWriter& rows) const override;
};

enum class Status {
  kProposed,
  kSelected,
  kConfirmed,
  kAccepted,
  kEffective,
  kEnded,
  kDeclined,
  kExpired,
  kWithdrawn,
  kConflict,
};

// Who has to do something now.
enum class WaitingFor {
  kNobody,
  kHostToSelect,
  kLenderToConfirm,
  kHostToAccept,
  kCosignatures,
  // The host accepted; the lender's confirmation has not reached this node.
  kLenderRecords,
  // The host let it go; the lender still holds the hours.
  kLenderToRelease,
  kBothToAgree,  // the two sides contradict each other
};

struct Exchange {
  eventstore::log::StreamId id;
  eventstore::log::FeedId lender;  // the feed that the lender proposed it in
  eventstore::log::MemberId host;
  eventstore::log::StreamId assignment;
  std::string assignment_title;  // empty while the host's feed has not come so far
  Status status = Status::kProposed;
  WaitingFor waiting_for = WaitingFor::kNobody;
  // Of the selection that counts last; 0: none.
  uint32_t seat = 0;
  uint32_t selection = 0;
  std::optional<absl::Time> confirm_by;
  std::optional<absl::Time> effective_at;
  std::string ended_last_day;
  std::vector<poolcirkel::event::v1::Attestation> attestations;
  // Of the acceptance, when the host recorded evidence.
  CosignatureCount cosignatures;
  // Sealed: the professional; the terms, when there is a selection; and why it was
  // withdrawn, declined or ended, when it was.
  kept::KeptEvent proposed;
  std::optional<kept::KeptEvent> selected;
  std::optional<kept::KeptEvent> reason;
};

// What the fold found about the evidence of an acceptance, by host's history and exchange.
using Verdicts = std::map<std::pair<eventstore::log::FeedId, std::string>, VerdictsOfOne>;
// Titles of assignments by host's history and assignment's id.
using Titles = std::map<std::pair<eventstore::log::FeedId, std::string>, std::string>;

// Joins both sides. By exchange id, then by lender; the order of the arguments does
// not matter. Two members that use one exchange id make two exchanges; the host's
// selection names which of them it is about.
std::vector<Exchange> Join(const kept::Things& events, const Verdicts& verdicts,
                           const Titles& titles);

absl::StatusOr<std::vector<Exchange>> Read(const engine::ViewReader& reader,
                                           const eventstore::log::CircleId& circle);
// One of them; when two members use its id, the one that the host selected, or else
// the first.
absl::StatusOr<std::optional<Exchange>> Find(const engine::ViewReader& reader,
                                             const eventstore::log::CircleId& circle,
                                             const eventstore::log::StreamId& id);

// What this node can read of it; nothing without the key. Terms count only when they
// have the digest that the selection names.
std::optional<poolcirkel::event::v1::Terms> OpenTerms(const Exchange& exchange,
                                                      const eventstore::privacy::KeyFile& keys);
// Why it was withdrawn, declined or ended; empty when there is no such reason.
std::string OpenReason(const Exchange& exchange, const eventstore::privacy::KeyFile& keys);
// The professional's id in the circle.
std::optional<eventstore::log::StreamId> OpenProfessional(const Exchange& exchange,
                                                          const eventstore::privacy::KeyFile& keys);

}  // namespace projections::views::exchanges
