// Names of message properties that brokers and clients give a meaning. Frozen: on the wire and on disk.
// All else in a message's properties is the application's own.
#pragma once

#include <string_view>

namespace gantry::remoting::property_name {

// What users see
inline constexpr std::string_view kKeys = "KEYS";  // words with one blank between them; indexed
inline constexpr std::string_view kTags = "TAGS";
inline constexpr std::string_view kWait = "WAIT";           // "false": do not wait for the disk
inline constexpr std::string_view kDelay = "DELAY";         // delay level, 1 to 18
inline constexpr std::string_view kUniqueKey = "UNIQ_KEY";  // the client's id of the message; indexed
inline constexpr std::string_view kInstanceId = "INSTANCE_ID";
inline constexpr std::string_view kBuyerId = "BUYER_ID";
inline constexpr std::string_view kShardingKey = "__SHARDINGKEY";
inline constexpr std::string_view kStartDeliverTime = "__STARTDELIVERTIME";  // commercial exact delivery, ms

// Retries and redirection
inline constexpr std::string_view kRetryTopic = "RETRY_TOPIC";
inline constexpr std::string_view kRealTopic = "REAL_TOPIC";
inline constexpr std::string_view kRealQueueId = "REAL_QID";
inline constexpr std::string_view kOriginMessageId = "ORIGIN_MESSAGE_ID";
inline constexpr std::string_view kReconsumeTime = "RECONSUME_TIME";
inline constexpr std::string_view kMaxReconsumeTimes = "MAX_RECONSUME_TIMES";
inline constexpr std::string_view kConsumeStartTime = "CONSUME_START_TIME";
inline constexpr std::string_view kDeadLetterOriginTopic = "DLQ_ORIGIN_TOPIC";           // 5.x
inline constexpr std::string_view kDeadLetterOriginMessageId = "DLQ_ORIGIN_MESSAGE_ID";  // 5.x

// Transactions
inline constexpr std::string_view kTransactionPrepared = "TRAN_MSG";  // "true"
inline constexpr std::string_view kProducerGroup = "PGROUP";
inline constexpr std::string_view kTransactionId = "__transactionId__";
inline constexpr std::string_view kPreparedQueueOffset = "TRAN_PREPARED_QUEUE_OFFSET";
inline constexpr std::string_view kTransactionCheckTimes = "TRANSACTION_CHECK_TIMES";
inline constexpr std::string_view kCheckImmunityTime = "CHECK_IMMUNITY_TIME_IN_SECONDS";

// Request and reply
inline constexpr std::string_view kCorrelationId = "CORRELATION_ID";
inline constexpr std::string_view kReplyToClient = "REPLY_TO_CLIENT";
inline constexpr std::string_view kTimeToLive = "TTL";  // ms
inline constexpr std::string_view kArriveTime = "ARRIVE_TIME";
inline constexpr std::string_view kPushReplyTime = "PUSH_REPLY_TIME";
inline constexpr std::string_view kMessageType = "MSG_TYPE";  // "reply"
inline constexpr std::string_view kCluster = "CLUSTER";       // added by the broker

// Put by clients on messages they received, from the pull response's header; never stored
inline constexpr std::string_view kMinOffset = "MIN_OFFSET";
inline constexpr std::string_view kMaxOffset = "MAX_OFFSET";

// Tracing, and what old clients leave behind
inline constexpr std::string_view kMessageRegion = "MSG_REGION";
inline constexpr std::string_view kTraceOn = "TRACE_ON";
inline constexpr std::string_view kTransferFlag = "TRANSFER_FLAG";
inline constexpr std::string_view kCorrectionFlag = "CORRECTION_FLAG";
inline constexpr std::string_view kMq2Flag = "MQ2_FLAG";

// One message in several queues
inline constexpr std::string_view kInnerMultiDispatch = "INNER_MULTI_DISPATCH";         // comma list
inline constexpr std::string_view kInnerMultiQueueOffset = "INNER_MULTI_QUEUE_OFFSET";  // same order

// 5.x: exact delivery times, pop, batches, whole-record checksum
inline constexpr std::string_view kTimerDelaySeconds = "TIMER_DELAY_SEC";
inline constexpr std::string_view kTimerDelayMillis = "TIMER_DELAY_MS";
inline constexpr std::string_view kTimerDeliverMillis = "TIMER_DELIVER_MS";
inline constexpr std::string_view kTimerOutMillis = "TIMER_OUT_MS";
inline constexpr std::string_view kPopCheckpoint = "POP_CK";
inline constexpr std::string_view kFirstPopTime = "1ST_POP_TIME";
inline constexpr std::string_view kDuplicateInfo = "DUP_INFO";
inline constexpr std::string_view kInnerNumber = "INNER_NUM";
inline constexpr std::string_view kBornHost = "__BORNHOST";
inline constexpr std::string_view kBornTimestamp = "BORN_TIMESTAMP";
inline constexpr std::string_view kCrc32 = "__CRC32#";

}  // namespace gantry::remoting::property_name
