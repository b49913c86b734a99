#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "projections/views/exchanges/cosignatures.h"
#include "projections/views/kept/kept_event.h"

// What each side said about one exchange, folded from its own events. Only for use
// inside this folder.
namespace projections::views::exchanges {

struct LenderSide {
  const kept::KeptEvent* proposed = nullptr;
  const kept::KeptEvent* withdrawn = nullptr;
  const kept::KeptEvent* confirmed = nullptr;  // the last one
  uint32_t released_selection = 0;             // the last one; 0: none
  const kept::KeptEvent* ended = nullptr;      // the last one

  const poolcirkel::event::v1::SecondmentConfirmed* confirmation() const {
    return confirmed == nullptr ? nullptr : &confirmed->body.secondment_confirmed();
  }
  // The hours of a confirmation are still reserved.
  bool holds_hours() const {
    return confirmation() != nullptr && confirmation()->selection() != released_selection;
  }
};

struct HostSide {
  enum class Word { kNone, kHeld, kAccepted, kDeclined, kExpired };

  Word word = Word::kNone;
  const kept::KeptEvent* selected = nullptr;  // the last one that was made
  const kept::KeptEvent* accepted = nullptr;
  const kept::KeptEvent* declined = nullptr;   // the last one
  const kept::KeptEvent* ended = nullptr;      // the last one
  const kept::KeptEvent* effective = nullptr;  // the first evidence that is enough
  CosignatureCount cosignatures;               // of the best evidence
  // The host spoke twice and differently about one selection.
  bool contradicts_itself = false;

  const poolcirkel::event::v1::CandidacySelected* selection() const {
    return selected == nullptr ? nullptr : &selected->body.candidacy_selected();
  }
};

// The lender's events of its own stream of the exchange; nothing when it does not
// begin with a proposal. Points into `events`.
std::optional<LenderSide> FoldLender(const std::vector<kept::KeptEvent>& events);

// The host's events about the exchange in its stream of the assignment. `lender` is the
// member that proposed: selections of another one are not about this exchange.
// Points into `events`.
HostSide FoldHost(const std::vector<kept::KeptEvent>& events, const std::string& assignment_id,
                  const std::string& lender, const VerdictsOfOne& verdicts);

}  // namespace projections::views::exchanges
