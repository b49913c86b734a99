#include "services/rpc/status.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "eventstore/base/errors.h"
#include "eventstore/base/text.h"

namespace services::rpc {
namespace {

namespace base = eventstore::base;

constexpr char kInternalReason[] = "INTERNAL";
constexpr char kInternalMessage[] = "er ging iets mis in dit knooppunt";
constexpr char kInternalRemedy[] =
    "probeer het later opnieuw; blijft het misgaan, vraag de beheerder om het logboek";

// At most kMaximumMessageBytes of whole characters; "?" for what is no character.
std::string BoundedText(std::string_view text) {
  std::string bounded;
  while (!text.empty()) {
    const size_t size = base::CharacterSize(text);
    const std::string_view character = size == 0 ? std::string_view("?") : text.substr(0, size);
    if (bounded.size() + character.size() > kMaximumMessageBytes) break;
    bounded += character;
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return bounded;
}

// Words that begin as the path of a file do.
std::string WithoutPaths(std::string_view text) {
  std::string kept;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const size_t first = word.find_first_not_of("\"'(.");
    const bool is_path = first != std::string_view::npos && word[first] == '/';
    kept += is_path ? std::string_view("(bestand)") : word;
    if (end == text.size()) break;
    kept += ' ';
    text.remove_prefix(end + 1);
  }
  return kept;
}

absl::Status WithMessage(const absl::Status& status, const std::string& message) {
  absl::Status changed(status.code(), message);
  status.ForEachPayload([&changed](absl::string_view url, const absl::Cord& payload) {
    changed.SetPayload(url, payload);
  });
  return changed;
}

// What may be told to the other side.
absl::Status Tellable(const absl::Status& status) {
  if (!base::DetailsOf(status).reason.empty()) return status;
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return base::Refusal(status.code(), kInternalReason, kInternalMessage)
          .Remedy(kInternalRemedy);
    default: {
      const std::string message(status.message());
      return WithMessage(status, WithoutPaths(message));
    }
  }
}

absl::StatusCode CodeOf(grpc::StatusCode code) {
  const int value = static_cast<int>(code);
  return value < 0 || value > 16 ? absl::StatusCode::kUnknown
                                 : static_cast<absl::StatusCode>(value);
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status told = Tellable(status);
  const std::string message = BoundedText(std::string(told.message()));
  std::string details = base::EncodeDetails(WithMessage(told, message));
  if (details.size() > kMaximumDetailsBytes) {
    const std::string reason = BoundedText(base::DetailsOf(told).reason);
    details = base::EncodeDetails(base::Refusal(told.code(), reason, message));
  }
  return {static_cast<grpc::StatusCode>(told.code()), message, details};
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string message = BoundedText(status.error_message());
  const std::string& details = status.error_details();
  return base::DecodeDetails(
      CodeOf(status.error_code()), message,
      details.size() > kMaximumDetailsBytes + kMaximumMessageBytes ? std::string() : details);
}

}  // namespace services::rpc
