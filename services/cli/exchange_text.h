#pragma once

#include <string>

#include "poolcirkel/api/v1/secondment_service.pb.h"
#include "services/cli/table.h"

// How exchanges are shown; shared by secondment and audit. Pure.
namespace services::cli {

std::string ExchangeStatusText(poolcirkel::api::v1::ExchangeStatus status);

Table ExchangeTable(
    const google::protobuf::RepeatedPtrField<poolcirkel::api::v1::ExchangeRow>& rows);

}  // namespace services::cli
