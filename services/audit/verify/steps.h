#pragma once

#include <string>
#include <vector>

#include "services/audit/verify/bundle.h"

// The steps that make an exchange. Only for use inside this folder.
namespace services::audit::verify {

struct Steps {
  eventstore::log::MemberId lender;
  eventstore::log::MemberId host;
  const ShownEvent* proposed = nullptr;
  const ShownEvent* selected = nullptr;
  const ShownEvent* confirmed = nullptr;
  const ShownEvent* accepted = nullptr;
  // The lender let go of what it had confirmed, and the host had accepted.
  const ShownEvent* released = nullptr;
  std::vector<const ShownEvent*> ended;

  bool complete() const {
    return selected != nullptr && confirmed != nullptr && accepted != nullptr;
  }
};

// Finds them in all feeds of lender and host. Returns what is wrong, as a Dutch clause:
// there is not just one proposal, or an event is not about the exchange; empty otherwise.
// `contents` has to outlive `steps`.
std::string FindSteps(const Contents& contents, Steps& steps);

// Whether an event of the assignment's stream is about the exchange, or is the assignment.
bool IsAbout(const poolcirkel::event::v1::Event& body, std::string_view exchange);

}  // namespace services::audit::verify
