#include "eventstore/base/errors.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace base = ::eventstore::base;

// The details of a foreign server's error: whatever came, it is an error, its code is that
// of the call, and it can be told on without change.
void Details(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const absl::Status status =
      base::DecodeDetails(absl::StatusCode::kFailedPrecondition, "bericht", input);
  Expect(absl::IsFailedPrecondition(status), "the code is that of the call");
  const base::ErrorDetails details = base::DetailsOf(status);
  const absl::Status again =
      base::DecodeDetails(status.code(), "bericht", base::EncodeDetails(status));
  const base::ErrorDetails repeated = base::DetailsOf(again);
  Expect(details.reason == repeated.reason && details.metadata == repeated.metadata &&
             details.field_violations == repeated.field_violations &&
             details.retry_delay == repeated.retry_delay,
         "it can be told on without change");
}

}  // namespace tests::fuzz
