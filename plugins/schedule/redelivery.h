// A message whose time has come, as it is stored a second time: in the topic and queue that it was sent to.
//
// It is what Apache stores: body, flag, system flag, born time and host, store host, reconsume times and all
// properties are those of the message that waited (DELAY, REAL_TOPIC and REAL_QID among them, so that clients
// see them), the store time is new. It does not go through append stages, and so is not delayed again.
#pragma once

#include "kernel/api/draft.h"
#include "remoting/message_record_view.h"

#include <optional>
#include <string>

namespace gantry::schedule {

// Fills `to`, with views of `waiting`. A sentence: it can go nowhere, ever, and why.
std::optional<std::string> redeliver(const remoting::MessageRecordView& waiting, api::Draft& to);

// Whether `stored` is what redeliver() made of `waiting`.
bool is_redelivery_of(const remoting::MessageRecordView& stored, const remoting::MessageRecordView& waiting);

}  // namespace gantry::schedule
