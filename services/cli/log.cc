#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "poolcirkel/api/v1/log_service.grpc.pb.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;

constexpr size_t kBodyColumns = 100;

// What the event says, on one line; empty where its fields stay sealed.
std::string BodyText(const api::LogEvent& event) {
  const auto& body = event.event();
  const auto* field =
      body.GetReflection()->GetOneofFieldDescriptor(body, body.GetDescriptor()->oneof_decl(0));
  if (field == nullptr) return "";
  const auto json = ToJson(body.GetReflection()->GetMessage(body, field));
  return json.ok() ? *json : "";
}

void PrintEvent(Tool& tool, const api::LogEvent& event) {
  tool.out() << TimeText(event.recorded_at_microseconds()) << "  " << Clean(event.member()) << " "
             << event.sequence() << "  " << Clean(event.type()) << "  "
             << ShortId(event.stream_id()) << "  " << Shorten(Clean(BodyText(event)), kBodyColumns)
             << "\n";
}

absl::Status ShowEvent(Tool& tool, const google::protobuf::Message& line,
                       const api::LogEvent& event) {
  RETURN_IF_ERROR(tool.Show(line, [&] { PrintEvent(tool, event); }));
  tool.out().flush();
  return absl::OkStatus();
}

struct ReadOptions {
  std::string member;
  std::string stream;
  std::optional<uint64_t> from;
  uint64_t limit = 0;
  bool backwards = false;
  bool own = false;
  std::optional<uint32_t> epoch;
};

absl::Status Read(Tool& tool, const ReadOptions& options) {
  api::ReadLogRequest request;
  if (!options.own) {
    ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
  }
  request.set_member(options.member);
  request.set_stream_id(options.stream);
  // Backwards means from the end, unless somebody says otherwise.
  request.set_from(options.from.value_or(options.backwards ? UINT64_MAX : 0));
  request.set_limit(options.limit);
  request.set_backwards(options.backwards);
  if (options.epoch.has_value()) request.set_epoch(*options.epoch);
  ASSIGN_OR_RETURN(const Connection* node, tool.Node());
  return node->Stream(&api::LogService::Stub::Read, request, false,
                      [&](const api::ReadLogResponse& response) {
                        return ShowEvent(tool, response, response.event());
                      });
}

void AddRead(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "read", "Lees gebeurtenissen van één lid of één stroom",
                           "poolcirkel log read --member rotterdam --backwards --limit 10");
  const auto options = std::make_shared<ReadOptions>();
  verb->add_option("--member", options->member, "Korte naam; anders dit lid");
  AddEpoch(verb, options->epoch);
  verb->add_option("--stream", options->stream, "Id van één opdracht, uitwisseling, …");
  verb->add_option("--from-sequence", options->from, "Begin bij dit volgnummer");
  verb->add_option("--limit", options->limit, "Hoeveel (100), ten hoogste 10.000");
  verb->add_flag("--backwards", options->backwards, "Van nieuw naar oud");
  verb->add_flag("--private", options->own, "Het eigen, besloten log van dit lid");
  OnChosen(tool, verb, [&tool, options] { return Read(tool, *options); });
}

struct TailOptions {
  bool from_start = false;
  std::vector<std::string> types;
  uint64_t count = 0;
};

absl::Status Tail(Tool& tool, const TailOptions& options) {
  api::TailLogRequest request;
  ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
  request.set_from_start(options.from_start);
  for (const std::string& type : options.types) request.add_types(type);
  ASSIGN_OR_RETURN(const Connection* node, tool.Node());
  if (tool.progress != nullptr) tool.progress->Stop();
  uint64_t shown = 0;
  bool enough = false;
  const absl::Status status =
      node->Stream(&api::LogService::Stub::Tail, request, true,
                   [&](const api::TailLogResponse& response) -> absl::Status {
                     for (const api::LogEvent& event : response.events()) {
                       RETURN_IF_ERROR(ShowEvent(tool, event, event));
                       enough = ++shown == options.count;
                       if (enough) return absl::CancelledError("genoeg");
                     }
                     return absl::OkStatus();
                   });
  return enough ? absl::OkStatus() : status;
}

void AddTail(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "tail", "Volg wat er in de poolcirkel gebeurt, tot Ctrl-C",
                           "poolcirkel log tail --type assignment_published");
  const auto options = std::make_shared<TailOptions>();
  verb->add_flag("--from-start", options->from_start, "Eerst alles wat er al is");
  AddList(verb, "--type", options->types, "Alleen dit soort gebeurtenis; mag vaker");
  verb->add_option("--count", options->count, "Stop na zoveel gebeurtenissen");
  OnChosen(tool, verb, [&tool, options] { return Tail(tool, *options); });
}

void AddHeads(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "heads", "Toon van elk lid het getekende hoofd van het log",
                           "poolcirkel log heads --circle randstad");
  const auto all_epochs = std::make_shared<bool>(false);
  verb->add_flag("--all-epochs", *all_epochs, "Ook van tijdvakken die zijn afgesloten");
  OnChosen(tool, verb, [&tool, all_epochs]() -> absl::Status {
    api::LogHeadsRequest request;
    ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
    request.set_all_epochs(*all_epochs);
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::LogService::Stub::Heads, request));
    return tool.Show(answer, [&] {
      using enum Table::Align;
      Table table({{"lid"},
                   {"tijdvak", kRight},
                   {"gebeurtenissen", kRight},
                   {"medeondertekend", kRight},
                   {"wortel"}});
      for (const auto& head : answer.heads()) {
        table.Add({head.member(), std::to_string(head.feed().epoch()), std::to_string(head.size()),
                   std::to_string(head.cosignatures()), base::ToHex(head.root())});
      }
      table.Print(tool.color(), tool.out());
    });
  });
}

}  // namespace

void AddLog(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "log", "Het log zelf, voor hulpmiddelen");
  AddRead(noun, tool);
  AddTail(noun, tool);
  AddHeads(noun, tool);
  AddLogFileVerbs(noun, tool);
}

}  // namespace services::cli
