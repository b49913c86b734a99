#include "projections/views/exchanges/side.h"

namespace projections::views::exchanges {

using kept::KeptEvent;
using Body = poolcirkel::event::v1::Event;

std::optional<LenderSide> FoldLender(const std::vector<KeptEvent>& events) {
  LenderSide side;
  for (const KeptEvent& event : events) {
    const bool is_first = side.proposed == nullptr;
    if (is_first != event.body.has_secondment_proposed()) continue;
    switch (event.body.body_case()) {
      case Body::kSecondmentProposed:
        side.proposed = &event;
        break;
      case Body::kProposalWithdrawn:
        if (!side.holds_hours() && side.withdrawn == nullptr) side.withdrawn = &event;
        break;
      case Body::kSecondmentConfirmed:
        if (side.withdrawn == nullptr && !side.holds_hours()) side.confirmed = &event;
        break;
      case Body::kConfirmationReleased:
        if (side.holds_hours() &&
            event.body.confirmation_released().selection() == side.confirmation()->selection()) {
          side.released_selection = side.confirmation()->selection();
        }
        break;
      case Body::kSecondmentEnded:
        side.ended = &event;
        break;
      default:
        break;
    }
  }
  if (side.proposed == nullptr) return std::nullopt;
  return side;
}

namespace {

// True when `step` is about the selection that is held now; an answer to another one
// that was answered already contradicts it.
template <typename Step>
bool Answers(const Step& step, const HostSide& side) {
  return side.word == HostSide::Word::kHeld && side.selection()->selection() == step.selection() &&
         side.selection()->seat() == step.seat();
}

void Select(const KeptEvent& event, HostSide& side) {
  const auto& selected = event.body.candidacy_selected();
  const bool taken = side.word == HostSide::Word::kHeld || side.word == HostSide::Word::kAccepted;
  if (taken || selected.selection() == 0) {
    side.contradicts_itself = true;
    return;
  }
  side.word = HostSide::Word::kHeld;
  side.selected = &event;
}

void Accept(const KeptEvent& event, HostSide& side) {
  const auto& accepted = event.body.selection_accepted();
  if (!Answers(accepted, side) || accepted.terms_digest() != side.selection()->terms_digest()) {
    side.contradicts_itself = true;
    return;
  }
  side.word = HostSide::Word::kAccepted;
  side.accepted = &event;
}

void Decline(const KeptEvent& event, HostSide& side) {
  const auto& declined = event.body.candidacy_declined();
  if (side.word == HostSide::Word::kAccepted) {
    side.contradicts_itself = true;
    return;
  }
  if (declined.selection() != 0 && !Answers(declined, side)) return;
  side.word = HostSide::Word::kDeclined;
  side.declined = &event;
}

void Cosign(const KeptEvent& event, const VerdictsOfOne& verdicts, HostSide& side) {
  const auto& evidence = event.body.acceptance_cosigned();
  const bool is_about_it = side.word == HostSide::Word::kAccepted &&
                           evidence.selection() == side.selection()->selection() &&
                           evidence.acceptance_sequence() == side.accepted->sequence.value();
  const auto verdict = verdicts.find({event.feed.epoch.value(), event.sequence.value()});
  if (!is_about_it || verdict == verdicts.end()) return;
  if (verdict->second.epoch != side.accepted->feed.epoch.value()) return;
  if (verdict->second.have >= side.cosignatures.have) side.cosignatures = verdict->second;
  if (verdict->second.enough() && side.effective == nullptr) side.effective = &event;
}

}  // namespace

HostSide FoldHost(const std::vector<KeptEvent>& events, const std::string& assignment_id,
                  const std::string& lender, const VerdictsOfOne& verdicts) {
  HostSide side;
  // The host selected another lender under the same exchange id: what follows is about
  // that one.
  bool of_another = false;
  for (const KeptEvent& event : events) {
    if (event.stream.view() != assignment_id) continue;
    if (event.body.has_candidacy_selected()) {
      of_another = event.body.candidacy_selected().lender_member_id() != lender;
    }
    if (of_another) continue;
    switch (event.body.body_case()) {
      case Body::kCandidacySelected:
        Select(event, side);
        break;
      case Body::kSelectionAccepted:
        Accept(event, side);
        break;
      case Body::kCandidacyDeclined:
        Decline(event, side);
        break;
      case Body::kSelectionExpired:
        if (Answers(event.body.selection_expired(), side)) side.word = HostSide::Word::kExpired;
        break;
      case Body::kAcceptanceCosigned:
        Cosign(event, verdicts, side);
        break;
      case Body::kSecondmentEnded:
        if (side.word == HostSide::Word::kAccepted) side.ended = &event;
        break;
      default:
        break;
    }
  }
  return side;
}

}  // namespace projections::views::exchanges
