#include <google/protobuf/struct.pb.h>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/digest.h"
#include "services/cli/input.h"
#include "services/cli/load.h"
#include "services/cli/output.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;
using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kUuidBytes = 16;

const Value& Get(const Struct& row, const std::string& key) {
  const auto found = row.fields().find(key);
  return found == row.fields().end() ? Value::default_instance() : found->second;
}
std::string Text(const Struct& row, const std::string& key) { return Get(row, key).string_value(); }
int32_t Whole(const Struct& row, const std::string& key) {
  const double number = Get(row, key).number_value();
  return number > INT32_MIN && number < INT32_MAX ? static_cast<int32_t>(number) : -1;
}
bool Has(const Struct& row, const std::string& key) { return row.fields().contains(key); }

event::Location LocationOf(const Struct& row) {
  const Struct& from = Get(row, "location").struct_value();
  event::Location location;
  location.set_name(Text(from, "name"));
  location.set_latitude_e4(Whole(from, "latitude_e4"));
  location.set_longitude_e4(Whole(from, "longitude_e4"));
  return location;
}

event::Concept ConceptOf(const Value& value) {
  event::Concept concept_;
  concept_.set_uri(Text(value.struct_value(), "uri"));
  concept_.set_label(Text(value.struct_value(), "label"));
  return concept_;
}

// Follows from what is asked, and not from the text of the file: a map of JSON has no order.
std::string RequestIdOf(const std::string& circle, const google::protobuf::Message& request) {
  const std::string bytes = eventstore::crypto::Sha256({"poolcirkel load\n", circle, "\n",
                                                        request.GetDescriptor()->full_name(), "\n",
                                                        request.SerializeAsString()})
                                .bytes()
                                .substr(0, kUuidBytes);
  return base::ToUuidText(bytes);
}

absl::StatusOr<LoadRequest> Professional(const Struct& row) {
  api::RegisterProfessionalRequest request;
  request.mutable_identity()->set_name(Text(row, "name"));
  request.mutable_identity()->set_email(Text(row, "email"));
  request.mutable_identity()->set_telephone(Text(row, "telephone"));
  event::Profile& profile = *request.mutable_profile();
  profile.set_pseudonym(Text(row, "pseudonym"));
  profile.set_role(Text(row, "role"));
  ASSIGN_OR_RETURN(const auto level, ReadLevel("level", Text(row, "level")));
  profile.set_level(level);
  *profile.mutable_occupation() = ConceptOf(Get(row, "occupation"));
  for (const Value& skill : Get(row, "skills").list_value().values()) {
    *profile.add_skills() = ConceptOf(skill);
  }
  *profile.mutable_location() = LocationOf(row);
  profile.set_maximum_distance_kilometres(Whole(row, "maximum_distance_kilometres"));
  profile.set_summary(Text(row, "summary"));
  for (const Value& value : Get(row, "weeks").list_value().values()) {
    event::WeekMinutes& week = *request.add_capacity();
    week.set_iso_year(Whole(value.struct_value(), "iso_year"));
    week.set_iso_week(Whole(value.struct_value(), "iso_week"));
    week.set_minutes(Whole(value.struct_value(), "minutes"));
  }
  return request;
}

absl::StatusOr<LoadRequest> Assignment(const Struct& row) {
  api::PublishAssignmentRequest request;
  event::AssignmentPublished& assignment = *request.mutable_assignment();
  assignment.set_title(Text(row, "title"));
  assignment.set_description(Text(row, "description"));
  assignment.set_role(Text(row, "role"));
  ASSIGN_OR_RETURN(const auto level, ReadLevel("level", Text(row, "level")));
  assignment.set_level(level);
  for (const Value& skill : Get(row, "skills").list_value().values()) {
    *assignment.add_skills() = ConceptOf(skill);
  }
  *assignment.mutable_location() = LocationOf(row);
  assignment.set_start_date(Text(row, "start_date"));
  assignment.set_end_date(Text(row, "end_date"));
  assignment.set_minutes_per_week(Whole(row, "minutes_per_week"));
  assignment.set_seats(Whole(row, "seats"));
  const Struct& tariff = Get(row, "tariff").struct_value();
  ASSIGN_OR_RETURN(const auto kind, ReadTariffKind("tariff.kind", Text(tariff, "kind")));
  assignment.mutable_tariff()->set_kind(kind);
  assignment.mutable_tariff()->set_eurocents_per_hour(Whole(tariff, "eurocents_per_hour"));
  assignment.set_client(Text(row, "client"));
  return request;
}

absl::StatusOr<LoadRequest> Session(const Struct& row) {
  api::AnnounceSessionRequest request;
  event::SessionAnnounced& session = *request.mutable_session();
  ASSIGN_OR_RETURN(const auto kind, ReadSessionKind("kind", Text(row, "kind")));
  session.set_kind(kind);
  session.set_title(Text(row, "title"));
  session.set_description(Text(row, "description"));
  session.set_date(Text(row, "date"));
  session.set_start_time(Text(row, "start_time"));
  session.set_duration_minutes(Whole(row, "duration_minutes"));
  session.set_place(Text(row, "place"));
  session.set_places(Whole(row, "places"));
  return request;
}

absl::StatusOr<LoadRequest> OneRow(const Struct& row, const std::string& circle) {
  absl::StatusOr<LoadRequest> request = base::InvalidField(
      "rij", "heeft een pseudonym (professional), start_date (opdracht) of start_time (sessie)");
  if (Has(row, "pseudonym")) {
    request = Professional(row);
  } else if (Has(row, "start_date")) {
    request = Assignment(row);
  } else if (Has(row, "start_time")) {
    request = Session(row);
  }
  if (!request.ok()) return request.status();
  std::visit(
      [&](auto& whole) {
        const std::string request_id = RequestIdOf(circle, whole);
        whole.mutable_header()->set_circle(circle);
        whole.mutable_header()->set_request_id(request_id);
        whole.mutable_header()->set_mandate("ingelezen met poolcirkel load");
      },
      *request);
  return request;
}

}  // namespace

absl::StatusOr<std::vector<LoadRequest>> ReadRows(const std::string& json, const std::string& what,
                                                  const std::string& member,
                                                  const std::string& circle) {
  google::protobuf::ListValue rows;
  RETURN_IF_ERROR(FromJson(json, what, rows));
  std::vector<LoadRequest> requests;
  for (int i = 0; i < rows.values_size(); ++i) {
    const Struct& row = rows.values(i).struct_value();
    if (Text(row, "member") != member) continue;
    auto request = OneRow(row, circle);
    if (!request.ok()) {
      const std::string message(request.status().message());
      return base::InvalidField(absl::StrCat(what, ", rij ", i + 1), message);
    }
    requests.push_back(*std::move(request));
  }
  return requests;
}

}  // namespace services::cli
