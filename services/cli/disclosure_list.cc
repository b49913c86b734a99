#include "services/cli/disclosure_list.h"

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/professional_service.grpc.pb.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;

constexpr int64_t kMicrosecondsPerMillisecond = 1000;

void Print(Tool& tool, const api::ListDisclosuresResponse& answer) {
  if (answer.disclosures().empty()) {
    tool.out() << "Aan niemand is nog iets verteld.\n";
    return;
  }
  Table table({{"wanneer"}, {"professional"}, {"aan"}, {"doel"}});
  for (const auto& row : answer.disclosures()) {
    table.Add({TimeText(row.at_milliseconds() * kMicrosecondsPerMillisecond),
               ShortId(row.professional_id()), row.to().short_name(),
               row.purpose().empty() ? "(gewist)" : row.purpose()});
  }
  table.Print(tool.color(), tool.out());
}

}  // namespace

absl::Status ShowDisclosures(Tool& tool, const std::string& professional_id) {
  api::ListDisclosuresRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.set_professional_id(professional_id);
  ASSIGN_OR_RETURN(const auto answer,
                   tool.Ask(&api::ProfessionalService::Stub::ListDisclosures, request));
  return tool.Show(answer, [&] { Print(tool, answer); });
}

}  // namespace services::cli
