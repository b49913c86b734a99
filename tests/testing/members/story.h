#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/commands/loading.h"
#include "tests/testing/members/world.h"

// The steps of the main story as one call each, with requests that a user could send.
// All in the weeks 2026-W50 to W52, 24 hours a week unless said otherwise.
namespace tests::testing::members {

inline constexpr int32_t kFullWeek = 24 * 60;

const services::commands::Actor& Coordinator();

poolcirkel::event::v1::AssignmentPublished SampleAssignment(int seats = 1);

absl::StatusOr<std::string> Publish(Member& host, const std::string& circle, int seats = 1);
// Free in W50..W52, `minutes` each; answers the id in the circle.
absl::StatusOr<std::string> Register(Member& lender, const std::string& circle,
                                     const std::string& pseudonym, int32_t minutes = kFullWeek);
absl::StatusOr<std::string> Propose(Member& lender, const std::string& circle,
                                    const std::string& assignment, const std::string& professional);
absl::StatusOr<poolcirkel::api::v1::SelectCandidacyResponse> Select(Member& host,
                                                                    const std::string& circle,
                                                                    const std::string& exchange);
// With the consent that SampleRules ask for.
absl::StatusOr<poolcirkel::api::v1::ConfirmSecondmentResponse> Confirm(Member& lender,
                                                                       const std::string& circle,
                                                                       const std::string& exchange,
                                                                       uint32_t selection = 0);
absl::StatusOr<poolcirkel::api::v1::AcceptSecondmentResponse> Accept(Member& host,
                                                                     const std::string& circle,
                                                                     const std::string& exchange);
absl::StatusOr<poolcirkel::api::v1::DeclineCandidacyResponse> Decline(Member& host,
                                                                      const std::string& circle,
                                                                      const std::string& exchange);

// The two sides of an exchange as `viewer` knows them.
services::commands::Exchange Look(Member& viewer, const std::string& circle,
                                  const std::string& exchange);
// The free minutes of a week as `viewer` reads them in the circle; -1: not stated or
// not readable.
int64_t FreeMinutes(Member& viewer, const std::string& circle, Member& home,
                    const std::string& professional, int iso_week);

}  // namespace tests::testing::members
