#include "eventstore/base/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace eventstore::base {
namespace {

constexpr char kPayloadUrl[] = "type.googleapis.com/google.rpc.Status";
constexpr char kDomain[] = "poolcirkel.example";
constexpr char kRemedy[] = "remedy";

google::rpc::Status PayloadOf(const absl::Status& status) {
  google::rpc::Status payload;
  if (const auto bytes = status.GetPayload(kPayloadUrl)) {
    payload.ParseFromString(std::string(*bytes));
  }
  return payload;
}

absl::Status WithPayload(absl::StatusCode code, std::string_view message,
                         const google::rpc::Status& payload) {
  absl::Status status(code, absl::string_view(message.data(), message.size()));
  if (payload.details_size() > 0) {
    status.SetPayload(kPayloadUrl, absl::Cord(payload.SerializeAsString()));
  }
  return status;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

}  // namespace

Refusal::Refusal(absl::StatusCode code, std::string_view reason, std::string_view message)
    : code_(code), reason_(reason), message_(message) {}

Refusal& Refusal::Field(std::string_view field, std::string_view rule) {
  fields_.emplace_back(field, rule);
  return *this;
}

Refusal& Refusal::Metadata(std::string_view key, std::string_view value) {
  metadata_[std::string(key)] = value;
  return *this;
}

Refusal& Refusal::Remedy(std::string_view remedy) { return Metadata(kRemedy, remedy); }

Refusal& Refusal::Retry(absl::Duration delay) {
  retry_ = delay;
  return *this;
}

absl::Status Refusal::Status() const {
  google::rpc::ErrorInfo info;
  info.set_reason(reason_);
  info.set_domain(kDomain);
  for (const auto& [key, value] : metadata_) (*info.mutable_metadata())[key] = value;
  google::rpc::Status payload;
  payload.add_details()->PackFrom(info);
  if (!fields_.empty()) {
    google::rpc::BadRequest bad_request;
    for (const auto& [field, rule] : fields_) {
      auto* violation = bad_request.add_field_violations();
      violation->set_field(field);
      violation->set_description(rule);
    }
    payload.add_details()->PackFrom(bad_request);
  }
  if (retry_) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = ToProto(*retry_);
    payload.add_details()->PackFrom(retry);
  }
  return WithPayload(code_, message_, payload);
}

ErrorDetails DetailsOf(const absl::Status& status) {
  ErrorDetails details;
  const google::rpc::Status payload = PayloadOf(status);
  for (const auto& any : payload.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&info)) {
      if (details.reason.empty()) details.reason = info.reason();
      details.metadata.insert(info.metadata().begin(), info.metadata().end());
    } else if (any.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        details.field_violations.emplace_back(violation.field(), violation.description());
      }
    } else if (any.UnpackTo(&retry)) {
      details.retry_delay = absl::Seconds(retry.retry_delay().seconds()) +
                            absl::Nanoseconds(retry.retry_delay().nanos());
    }
  }
  return details;
}

absl::Status InvalidField(std::string_view field, std::string_view rule) {
  return Refusal(absl::StatusCode::kInvalidArgument, "INVALID_FIELD",
                 absl::StrCat(absl::string_view(field.data(), field.size()), ": ",
                              absl::string_view(rule.data(), rule.size())))
      .Field(field, rule);
}

absl::Status Join(const std::vector<absl::Status>& statuses) {
  const absl::Status* first = nullptr;
  std::string message;
  google::rpc::Status payload;
  for (const auto& status : statuses) {
    if (status.ok()) continue;
    if (first == nullptr) first = &status;
    absl::StrAppend(&message, message.empty() ? "" : "; ", status.message());
    payload.MergeFrom(PayloadOf(status));
  }
  if (first == nullptr) return absl::OkStatus();
  return WithPayload(first->code(), message, payload);
}

std::string EncodeDetails(const absl::Status& status) {
  google::rpc::Status payload = PayloadOf(status);
  payload.set_code(static_cast<int>(status.code()));
  payload.set_message(std::string(status.message()));
  return payload.SerializeAsString();
}

absl::Status DecodeDetails(absl::StatusCode code, std::string_view message,
                           std::string_view encoded) {
  google::rpc::Status payload;
  if (!payload.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) payload.Clear();
  payload.clear_code();
  payload.clear_message();
  return WithPayload(code, message, payload);
}

}  // namespace eventstore::base
