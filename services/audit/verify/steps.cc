#include "services/audit/verify/steps.h"

namespace services::audit::verify {

using eventstore::log::MemberId;
using Body = poolcirkel::event::v1::Event;

namespace {

class Finder {
 public:
  Finder(const Contents& contents, Steps& steps) : contents_(contents), steps_(steps) {}

  std::string Run() {
    if (!FindProposal()) return "er staat niet precies een voordracht van een ander lid in";
    for (const ShownFeed& feed : contents_.feeds) {
      for (const ShownEvent& event : feed.events) {
        const bool belongs = feed.id.member == steps_.lender ? OfLender(event)
                             : feed.id.member == steps_.host ? OfHost(event)
                                                             : false;
        if (!belongs) return "er staat een gebeurtenis in die niet over de uitwisseling gaat";
      }
    }
    FindConfirmation();
    return "";
  }

 private:
  bool FindProposal() {
    for (const ShownFeed& feed : contents_.feeds) {
      for (const ShownEvent& event : feed.events) {
        if (!event.body.has_secondment_proposed()) continue;
        const auto host = MemberId::FromBytes(event.body.secondment_proposed().host_member_id());
        if (steps_.proposed != nullptr || !host.ok() || *host == feed.id.member) return false;
        steps_.proposed = &event;
        steps_.lender = feed.id.member;
        steps_.host = *host;
      }
    }
    return steps_.proposed != nullptr;
  }

  bool OfLender(const ShownEvent& event) {
    if (event.stored.stream != contents_.exchange) return false;
    if (event.body.has_secondment_confirmed()) confirmations_.push_back(&event);
    if (event.body.has_confirmation_released()) releases_.push_back(&event);
    if (event.body.has_secondment_ended()) steps_.ended.push_back(&event);
    return true;
  }

  bool OfHost(const ShownEvent& event) {
    const auto& body = event.body;
    const std::string_view exchange = contents_.exchange.view();
    if (event.stored.stream.view() != steps_.proposed->body.secondment_proposed().assignment_id() ||
        !IsAbout(body, exchange)) {
      return false;
    }
    if (body.has_candidacy_selected() &&
        body.candidacy_selected().lender_member_id() == steps_.lender.view()) {
      selection_ = &event;
    }
    if (body.has_selection_accepted()) {
      steps_.accepted = &event;
      steps_.selected = selection_;
    }
    if (body.has_secondment_ended()) steps_.ended.push_back(&event);
    return true;
  }

  void FindConfirmation() {
    if (steps_.accepted == nullptr) return;
    const uint32_t selection = steps_.accepted->body.selection_accepted().selection();
    for (const ShownEvent* event : confirmations_) {
      if (event->body.secondment_confirmed().selection() == selection) steps_.confirmed = event;
    }
    for (const ShownEvent* event : releases_) {
      if (event->body.confirmation_released().selection() == selection) steps_.released = event;
    }
  }

  const Contents& contents_;
  Steps& steps_;
  std::vector<const ShownEvent*> confirmations_;
  std::vector<const ShownEvent*> releases_;
  const ShownEvent* selection_ = nullptr;
};

}  // namespace

bool IsAbout(const Body& body, std::string_view exchange) {
  switch (body.body_case()) {
    case Body::kAssignmentPublished:
      return true;
    case Body::kCandidacySelected:
      return body.candidacy_selected().exchange_id() == exchange;
    case Body::kSelectionAccepted:
      return body.selection_accepted().exchange_id() == exchange;
    case Body::kCandidacyDeclined:
      return body.candidacy_declined().exchange_id() == exchange;
    case Body::kSelectionExpired:
      return body.selection_expired().exchange_id() == exchange;
    case Body::kAcceptanceCosigned:
      return body.acceptance_cosigned().exchange_id() == exchange;
    case Body::kSecondmentEnded:
      return body.secondment_ended().exchange_id() == exchange;
    default:
      return false;
  }
}

std::string FindSteps(const Contents& contents, Steps& steps) {
  return Finder(contents, steps).Run();
}

}  // namespace services::audit::verify
