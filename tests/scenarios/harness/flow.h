#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/scenarios/harness/circle.h"

// The steps of the main story as one call each, with sensible contents. Ids are UUID
// text; every step may be refused, and then tells why.
namespace tests::scenarios::harness {

inline constexpr char kCircle[] = "randstad";
// The term of every assignment here: six weeks, 24 hours in each.
inline constexpr char kStart[] = "2027-01-04";
inline constexpr char kEnd[] = "2027-02-14";
inline constexpr int kMinutes = 24 * 60;

v1::CommandHeader Header(const std::string& circle = kCircle);

absl::StatusOr<std::string> Publish(Node& host, const std::string& title, int seats = 1,
                                    const std::string& circle = kCircle);
// With 32 free hours in every week of the term.
absl::StatusOr<std::string> Register(Node& pool, const std::string& pseudonym,
                                     const std::string& circle = kCircle);
absl::StatusOr<std::string> Propose(Node& lender, const std::string& assignment,
                                    const std::string& professional,
                                    const std::string& circle = kCircle);
absl::StatusOr<v1::SelectCandidacyResponse> Select(Node& host, const std::string& exchange,
                                                   const std::string& circle = kCircle);
absl::StatusOr<v1::ConfirmSecondmentResponse> Confirm(Node& lender, const std::string& exchange,
                                                      const std::string& circle = kCircle);
absl::StatusOr<v1::AcceptSecondmentResponse> Accept(Node& host, const std::string& exchange,
                                                    const std::string& circle = kCircle);
absl::StatusOr<v1::DeclineCandidacyResponse> Decline(Node& host, const std::string& exchange,
                                                     const std::string& circle = kCircle);
absl::StatusOr<std::string> Announce(Node& host, const std::string& title,
                                     const std::string& request_id = "");

// Calls `step` until it is no longer refused because this node has not heard of what
// it names, or does not fit yet what the other side wrote; returns the last answer.
template <typename Step>
auto WhenSeen(Step step, absl::Duration timeout = absl::Seconds(15)) {
  auto answer = step();
  Eventually(
      [&] {
        const bool early = absl::IsNotFound(answer.status()) ||
                           absl::IsUnavailable(answer.status()) ||
                           absl::IsFailedPrecondition(answer.status());
        if (!early) return true;
        answer = step();
        return answer.ok();
      },
      timeout);
  return answer;
}

// The exchange as `node` sees it; status UNSPECIFIED when it does not know it.
v1::ExchangeRow Exchange(Node& node, const std::string& exchange,
                         const std::string& circle = kCircle);
bool WaitForStatus(Node& node, const std::string& exchange, v1::ExchangeStatus status,
                   const std::string& circle = kCircle);
// Least free minutes of a professional over the term, as `node`'s search tells; -1 when
// the search for one free minute does not offer it.
int FreeMinutes(Node& node, const std::string& professional, const std::string& circle = kCircle);

// The machine-readable reason of a refusal.
std::string ReasonOf(const absl::Status& status);

}  // namespace tests::scenarios::harness
