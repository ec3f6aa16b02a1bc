// Every header that remoting/headers/ declares, for tests that hold for all of them. A test compares this
// list with the files, so a newly declared header is covered or missed aloud.
#pragma once

#include "remoting/headers/acl.h"
#include "remoting/headers/broker_admin.h"
#include "remoting/headers/client.h"
#include "remoting/headers/groups.h"
#include "remoting/headers/name_server.h"
#include "remoting/headers/offsets.h"
#include "remoting/headers/pull_message.h"
#include "remoting/headers/push.h"
#include "remoting/headers/query_message.h"
#include "remoting/headers/send_message.h"
#include "remoting/headers/topics.h"
#include "remoting/headers/transaction.h"

#include <gtest/gtest.h>

namespace gantry::remoting {

// clang-format off
using AllHeaders = ::testing::Types<
    AddWritePermOfBrokerRequestHeader,
    AddWritePermOfBrokerResponseHeader,
    CheckTransactionStateRequestHeader,
    CloneGroupOffsetRequestHeader,
    ConsumeMessageDirectlyRequestHeader,
    ConsumerSendMsgBackRequestHeader,
    CreateTopicRequestHeader,
    DeleteAclConfigRequestHeader,
    DeleteKvConfigRequestHeader,
    DeleteSubscriptionGroupRequestHeader,
    DeleteTopicInNamesrvRequestHeader,
    DeleteTopicRequestHeader,
    EndTransactionRequestHeader,
    GetBrokerClusterAclInfoResponseHeader,
    GetBrokerConfigResponseHeader,
    GetConsumeStatsInBrokerRequestHeader,
    GetConsumeStatsRequestHeader,
    GetConsumerConnectionListRequestHeader,
    GetConsumerListByGroupRequestHeader,
    GetConsumerRunningInfoRequestHeader,
    GetConsumerStatusRequestHeader,
    GetEarliestMsgStoretimeRequestHeader,
    GetEarliestMsgStoretimeResponseHeader,
    GetKvConfigRequestHeader,
    GetKvConfigResponseHeader,
    GetKvListByNamespaceRequestHeader,
    GetMaxOffsetRequestHeader,
    GetMaxOffsetResponseHeader,
    GetMinOffsetRequestHeader,
    GetMinOffsetResponseHeader,
    GetProducerConnectionListRequestHeader,
    GetRouteInfoRequestHeader,
    GetSubscriptionGroupConfigRequestHeader,
    GetTopicConfigRequestHeader,
    GetTopicStatsInfoRequestHeader,
    GetTopicsByClusterRequestHeader,
    NotifyConsumerIdsChangedRequestHeader,
    PullMessageRequestHeader,
    PullMessageResponseHeader,
    PushReplyMessageRequestHeader,
    PutKvConfigRequestHeader,
    QueryConsumeQueueRequestHeader,
    QueryConsumeTimeSpanRequestHeader,
    QueryConsumerOffsetRequestHeader,
    QueryConsumerOffsetResponseHeader,
    QueryCorrectionOffsetRequestHeader,
    QueryDataVersionRequestHeader,
    QueryDataVersionResponseHeader,
    QueryMessageRequestHeader,
    QueryMessageResponseHeader,
    QueryTopicConsumeByWhoRequestHeader,
    QueryTopicsByConsumerRequestHeader,
    RegisterBrokerRequestHeader,
    RegisterBrokerResponseHeader,
    RegisterFilterServerRequestHeader,
    RegisterFilterServerResponseHeader,
    RegisterMessageFilterClassRequestHeader,
    ResetOffsetRequestHeader,
    ResumeCheckHalfMessageRequestHeader,
    SearchOffsetRequestHeader,
    SearchOffsetResponseHeader,
    SendMessageRequestHeader,
    SendMessageResponseHeader,
    UnregisterBrokerRequestHeader,
    UnregisterClientRequestHeader,
    UpdateAclConfigRequestHeader,
    UpdateConsumerOffsetRequestHeader,
    UpdateGlobalWhiteAddrsConfigRequestHeader,
    ViewBrokerStatsDataRequestHeader,
    ViewMessageRequestHeader,
    WipeWritePermOfBrokerRequestHeader,
    WipeWritePermOfBrokerResponseHeader>;
// clang-format on

}  // namespace gantry::remoting
