#include "services/rpc/status.h"

#include <gtest/gtest.h>

#include "eventstore/base/errors.h"

namespace services::rpc {
namespace {

namespace base = eventstore::base;

TEST(Status, ARefusalCrossesWhole) {
  const absl::Status before =
      base::Refusal(absl::StatusCode::kAborted, "STALE_REVISION", "intussen veranderd: /a én b")
          .Metadata("current_revision", "7")
          .Field("terms.end_date", "ligt na het begin")
          .Remedy("lees opnieuw")
          .Retry(absl::Milliseconds(1500));
  const grpc::Status wire = ToGrpc(before);
  EXPECT_EQ(wire.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(wire.error_message(), before.message());
  const absl::Status after = FromGrpc(wire);
  EXPECT_EQ(after.code(), before.code());
  EXPECT_EQ(after.message(), before.message());
  const base::ErrorDetails details = base::DetailsOf(after);
  EXPECT_EQ(details.reason, "STALE_REVISION");
  EXPECT_EQ(details.metadata.at("current_revision"), "7");
  EXPECT_EQ(details.metadata.at("remedy"), "lees opnieuw");
  EXPECT_EQ(details.field_violations.size(), 1U);
  EXPECT_EQ(details.retry_delay, absl::Milliseconds(1500));
}

TEST(Status, EveryCodeHasItsTwin) {
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
  EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status =
        base::Refusal(static_cast<absl::StatusCode>(code), "SOME_REASON", "m");
    EXPECT_EQ(static_cast<int>(ToGrpc(status).error_code()), code);
    EXPECT_EQ(FromGrpc(ToGrpc(status)).code(), status.code());
  }
  // Within the range of the type, and no code that gRPC knows.
  EXPECT_EQ(FromGrpc(grpc::Status(static_cast<grpc::StatusCode>(31), "m")).code(),
            absl::StatusCode::kUnknown);
}

TEST(Status, InternalErrorsTellNothing) {
  for (const absl::Status& status :
       {absl::InternalError("openen van /var/lib/poolcirkel/own lukt niet"),
        absl::UnknownError("/secret"), absl::DataLossError("the file /secret is damaged")}) {
    const grpc::Status wire = ToGrpc(status);
    EXPECT_EQ(static_cast<int>(wire.error_code()), static_cast<int>(status.code()));
    EXPECT_EQ((wire.error_message() + wire.error_details()).find("/"),
              std::string(wire.error_message() + wire.error_details()).find("/google.rpc"));
    EXPECT_EQ(base::DetailsOf(FromGrpc(wire)).reason, "INTERNAL");
  }
}

TEST(Status, OtherErrorsTellNoPath) {
  const grpc::Status wire =
      ToGrpc(absl::NotFoundError("openen van /var/lib/a lukt niet: '/etc/b' of ./c en/of 1/2"));
  EXPECT_EQ(wire.error_message(),
            "openen van (bestand) lukt niet: (bestand) of (bestand) en/of 1/2");
  EXPECT_EQ(wire.error_details().find("var/lib"), std::string::npos);
}

TEST(Status, MessagesAreBoundedAtAWholeCharacter) {
  std::string text;
  while (text.size() < 3 * kMaximumMessageBytes) text += "é€";
  const grpc::Status wire = ToGrpc(absl::InvalidArgumentError(text));
  EXPECT_LE(wire.error_message().size(), kMaximumMessageBytes);
  EXPECT_GT(wire.error_message().size(), kMaximumMessageBytes - 4);
  EXPECT_EQ(text.compare(0, wire.error_message().size(), wire.error_message()), 0);
  EXPECT_EQ(wire.error_message().size() % 5 % 2, 0U) << "cut inside a character";
}

TEST(Status, WhatIsNoTextIsReplaced) {
  EXPECT_EQ(ToGrpc(absl::AbortedError("a\xff\xc3")).error_message(), "a??");
  EXPECT_EQ(FromGrpc(grpc::Status(grpc::StatusCode::ABORTED, "\xe2\x82")).message(), "??");
  EXPECT_EQ(ToGrpc(absl::AbortedError("")).error_message(), "");
}

TEST(Status, DetailsAreBoundedAndKeepTheReason) {
  base::Refusal refusal(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "te veel");
  for (int i = 0; i < 2000; ++i) refusal.Field("field", "een regel die nogal lang is");
  const grpc::Status wire = ToGrpc(refusal);
  EXPECT_LE(wire.error_details().size(), kMaximumDetailsBytes);
  EXPECT_EQ(base::DetailsOf(FromGrpc(wire)).reason, "INVALID_FIELD");
}

TEST(Status, ForeignDetailsAreNotTrusted) {
  const grpc::Status nonsense(grpc::StatusCode::ABORTED, "m", "\xff\xff\xff");
  EXPECT_EQ(FromGrpc(nonsense).message(), "m");
  EXPECT_EQ(base::DetailsOf(FromGrpc(nonsense)).reason, "");
  const grpc::Status huge(grpc::StatusCode::ABORTED, std::string(1 << 20, 'm'),
                          std::string(1 << 20, 'd'));
  EXPECT_EQ(FromGrpc(huge).message().size(), kMaximumMessageBytes);
}

}  // namespace
}  // namespace services::rpc
