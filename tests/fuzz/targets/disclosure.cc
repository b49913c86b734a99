#include "google/protobuf/stubs/logging.h"
#include "services/disclosure/disclosures.h"
#include "services/domain/bytes.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/receiver.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace base = ::eventstore::base;
namespace peer = ::poolcirkel::peer::v1;

// Who a professional is, as the home pool's node says: only the one identity that was
// committed to is called verified, and only of the professional that was asked about.
void Disclosure(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  peer::DiscloseResponse given;
  if (!given.ParseFromString(std::string(input))) return;
  static auto& receiver = *new Receiver(TheProfessional().story);
  services::disclosure::Disclosures::Options options;
  options.log = receiver.log.get();
  options.keys = receiver.keys.get();
  options.circles = &receiver.circles;
  options.ask_member = [&](const auto&, const auto&,
                           const auto&) -> absl::StatusOr<peer::DiscloseResponse> { return given; };
  poolcirkel::api::v1::DiscloseProfessionalRequest request;
  request.set_professional_id(base::ToUuidText(TheProfessional().answer.professional_id()));
  request.set_purpose("kennismaking");
  const auto answer =
      services::disclosure::Disclosures(options).Ask(request, absl::InfiniteFuture());
  const bool verified = answer.ok() && answer->commitment_verified();
  Expect(verified || input != TheProfessional().answer.SerializeAsString(), "the truth is refused");
  if (!verified) return;
  Expect(answer->professional_id() == request.professional_id(), "it is about another person");
  Expect(services::domain::DeterministicBytes(answer->identity()) ==
             services::domain::DeterministicBytes(TheProfessional().answer.identity()),
         "another identity passes for the one committed to");
}

}  // namespace tests::fuzz
