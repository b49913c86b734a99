#include "services/cli/tool.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/certificate.h"
#include "eventstore/log/types.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;

constexpr size_t kMaximumInputBytes = 64 * 1024 * 1024;
constexpr size_t kMaximumSecretBytes = 64 * 1024;

absl::Status Missing(const std::string& option, const std::string& what) {
  return base::Refusal(absl::StatusCode::kInvalidArgument, "OPTION_MISSING", what)
      .Field(option, "is nodig")
      .Remedy("geef " + option + " mee, of kies met --profile een profiel dat het heeft");
}

std::string Or(const std::string& first, const std::string& second) {
  return first.empty() ? second : first;
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

// The file, or in Dutch why not.
absl::StatusOr<std::string> ReadOrExplain(const std::string& path, size_t maximum_bytes) {
  auto text = base::ReadFile(path, maximum_bytes);
  if (text.ok()) return text;
  if (text.status().code() == absl::StatusCode::kNotFound) {
    return base::Refusal(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
                         "het bestand " + path + " is er niet")
        .Remedy("kijk of de naam klopt, en vanuit welke map je werkt");
  }
  return base::Refusal(absl::StatusCode::kInvalidArgument, "FILE_UNREADABLE",
                       "het bestand " + path + " is niet te lezen")
      .Remedy(absl::StrCat("noem een bestand, geen map, van hoogstens ", maximum_bytes,
                           " bytes, dat je mag lezen"));
}

// gRPC ends the process over anything else in a header.
absl::StatusOr<std::string> ReadToken(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadOrExplain(path, kMaximumSecretBytes));
  std::string token = FirstLine(text);
  const bool printable =
      std::ranges::all_of(token, [](const char c) { return c > ' ' && c <= '~'; });
  if (printable) return token;
  return base::Refusal(absl::StatusCode::kInvalidArgument, "INVALID_TOKEN",
                       "in " + path + " staat geen token")
      .Field("--token-file", "is het bestand dat token issue of poolcirkeld init schreef")
      .Remedy("wijs dat bestand aan, of vraag de beheerder van het knooppunt om een token");
}

}  // namespace

std::string Tool::ProfilesFile() const {
  if (!globals.profiles_file.empty()) return globals.profiles_file;
  const std::string variable = environment.variable("POOLCIRKEL_PROFILES");
  if (!variable.empty()) return variable;
  return environment.variable("HOME") + "/.config/poolcirkel/profiles.yaml";
}

absl::StatusOr<Profile> Tool::Settings() const {
  const std::string name = Or(globals.profile, environment.variable("POOLCIRKEL_PROFILE"));
  Profile profile;
  if (!name.empty()) {
    ASSIGN_OR_RETURN(const auto profiles, ReadProfiles(ProfilesFile()));
    const auto found = profiles.find(name);
    if (found == profiles.end()) {
      return base::Refusal(absl::StatusCode::kNotFound, "PROFILE_UNKNOWN",
                           "er is geen profiel " + name + " in " + ProfilesFile())
          .Remedy("bekijk ze met: poolcirkel profile list");
    }
    profile = found->second;
  }
  profile.address = Or(globals.address, profile.address);
  profile.certificate = Or(globals.certificate, profile.certificate);
  profile.token_file = Or(globals.token_file, profile.token_file);
  profile.circle = Or(globals.circle, profile.circle);
  return profile;
}

absl::StatusOr<const Connection*> Tool::Node() {
  if (connection_ != nullptr) return connection_.get();
  ASSIGN_OR_RETURN(const Profile profile, Settings());
  if (profile.address.empty()) return Missing("--address", "welk knooppunt is bedoeld?");
  if (profile.certificate.empty()) {
    return Missing("--certificate",
                   "zonder het certificaat van het knooppunt is niet te zien "
                   "met wie er gesproken wordt");
  }
  if (!(globals.deadline_seconds > 0)) {
    return base::InvalidField("--deadline", "is meer dan 0 seconden");
  }
  Connection::Settings settings;
  settings.address = profile.address;
  ASSIGN_OR_RETURN(settings.certificate_pem,
                   ReadOrExplain(profile.certificate, kMaximumSecretBytes));
  RETURN_IF_ERROR(eventstore::crypto::ParseCertificate(settings.certificate_pem).status());
  if (!profile.token_file.empty()) {
    ASSIGN_OR_RETURN(settings.token, ReadToken(profile.token_file));
  }
  settings.deadline = absl::Seconds(globals.deadline_seconds);
  connection_ = std::make_unique<Connection>(std::move(settings));
  return connection_.get();
}

absl::StatusOr<std::string> Tool::Circle() const {
  ASSIGN_OR_RETURN(const Profile profile, Settings());
  if (profile.circle.empty()) return Missing("--circle", "in welke poolcirkel?");
  return profile.circle;
}

absl::StatusOr<api::CommandHeader> Tool::Command() {
  api::CommandHeader header;
  ASSIGN_OR_RETURN(*header.mutable_circle(), Circle());
  header.set_request_id(RequestId());
  header.set_mandate(globals.mandate);
  return header;
}

absl::StatusOr<api::QueryHeader> Tool::Query() const {
  api::QueryHeader header;
  ASSIGN_OR_RETURN(*header.mutable_circle(), Circle());
  if (!globals.at_least.empty()) {
    RETURN_IF_ERROR(FromJson(globals.at_least, "--at-least", *header.mutable_at_least()));
  }
  return header;
}

const std::string& Tool::RequestId() {
  if (request_id_.empty()) {
    base::IdGenerator generator(*environment.clock, *environment.entropy);
    request_id_ = globals.request_id.empty()
                      ? base::ToText(generator.New<eventstore::log::RequestId>())
                      : globals.request_id;
  }
  return request_id_;
}

bool Tool::color() const {
  return environment.out_is_terminal && !globals.no_color &&
         environment.variable("NO_COLOR").empty();
}

absl::Status Tool::Show(const google::protobuf::Message& answer,
                        const std::function<void()>& people) {
  if (progress != nullptr) progress->Stop();
  if (globals.json) {
    ASSIGN_OR_RETURN(const std::string json, ToJson(answer));
    out() << json << "\n";
  } else {
    people();
  }
  return absl::OkStatus();
}

absl::Status Tool::ShowReceipt(const google::protobuf::Message& answer, const api::Receipt& receipt,
                               const std::string& sentence) {
  return Show(answer, [&] {
    out() << Clean(sentence) << "\n";
    if (!receipt.id().empty()) out() << "id  " << Clean(receipt.id()) << "\n";
    if (receipt.repeated()) out() << "(dit verzoek was al uitgevoerd; er is niets veranderd)\n";
  });
}

CLI::App* AddNoun(CLI::App* root, const std::string& name, const std::string& description) {
  CLI::App* noun = root->add_subcommand(name, description);
  noun->require_subcommand(1);
  noun->group("Onderwerpen");
  noun->get_help_ptr()->group("Opties");
  return noun;
}

CLI::App* AddVerb(CLI::App* noun, const std::string& name, const std::string& description,
                  const std::string& example) {
  CLI::App* verb = noun->add_subcommand(name, description);
  verb->group("Werkwoorden");
  verb->get_help_ptr()->group("Opties");
  verb->footer("\nVoorbeeld:\n  " + example +
               "\n\nOpties voor alle werkwoorden: poolcirkel --help");
  return verb;
}

void OnChosen(Tool& tool, CLI::App* verb, std::function<absl::Status()> action) {
  verb->callback([&tool, chosen = std::move(action)] { tool.action = chosen; });
}

CLI::Option* AddList(CLI::App* verb, const std::string& name, std::vector<std::string>& values,
                     const std::string& description) {
  return verb->add_option(name, values, description)->allow_extra_args(false);
}

void AddEpoch(CLI::App* verb, std::optional<uint32_t>& epoch) {
  verb->add_option("--epoch", epoch, "Welk tijdvak van dat log, vanaf 0; anders het huidige");
}

absl::StatusOr<std::string> ReadInput(const std::string& path) {
  return ReadOrExplain(path, kMaximumInputBytes);
}

absl::Status CheckOutput(const std::string& option, const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return base::InvalidField(option, path + " is een map; noem een bestand");
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
    return base::InvalidField(option, "de map " + folder.string() + " is er niet; maak die eerst");
  }
  return absl::OkStatus();
}

absl::Status WriteOutput(const std::string& option, const std::string& path, std::string_view bytes,
                         base::FileAccess access) {
  RETURN_IF_ERROR(CheckOutput(option, path));
  if (base::WriteFileDurably(path, bytes, access).ok()) return absl::OkStatus();
  return base::InvalidField(option, path +
                                        " is niet te schrijven; kijk of je dat mag, en of er "
                                        "ruimte is");
}

absl::Status ReadRequest(const std::string& path, google::protobuf::Message& request) {
  if (path.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string json, ReadInput(path));
  return FromJson(json, path, request);
}

}  // namespace services::cli
