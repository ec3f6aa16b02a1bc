#include "remoting/bodies/consumer_running_info.h"

#include "remoting/json_codec.h"

namespace gantry::remoting {

JsonFields ProcessQueueInfo::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ProcessQueueInfo::cached_msg_count>("cachedMsgCount"),
      json_field<&ProcessQueueInfo::cached_msg_max_offset>("cachedMsgMaxOffset"),
      json_field<&ProcessQueueInfo::cached_msg_min_offset>("cachedMsgMinOffset"),
      json_field<&ProcessQueueInfo::cached_msg_size_in_mib>("cachedMsgSizeInMiB"),
      json_field<&ProcessQueueInfo::commit_offset>("commitOffset"),
      json_field<&ProcessQueueInfo::droped>("droped"),
      json_field<&ProcessQueueInfo::last_consume_timestamp>("lastConsumeTimestamp"),
      json_field<&ProcessQueueInfo::last_lock_timestamp>("lastLockTimestamp"),
      json_field<&ProcessQueueInfo::last_pull_timestamp>("lastPullTimestamp"),
      json_field<&ProcessQueueInfo::locked>("locked"),
      json_field<&ProcessQueueInfo::transaction_msg_count>("transactionMsgCount"),
      json_field<&ProcessQueueInfo::transaction_msg_max_offset>("transactionMsgMaxOffset"),
      json_field<&ProcessQueueInfo::transaction_msg_min_offset>("transactionMsgMinOffset"),
      json_field<&ProcessQueueInfo::try_unlock_times>("tryUnlockTimes"),
  };
  return kFields;
}

JsonFields ConsumeStatus::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumeStatus::consume_failed_msgs>("consumeFailedMsgs"),
      json_field<&ConsumeStatus::consume_failed_tps>("consumeFailedTPS"),
      json_field<&ConsumeStatus::consume_ok_tps>("consumeOKTPS"),
      json_field<&ConsumeStatus::consume_rt>("consumeRT"),
      json_field<&ConsumeStatus::pull_rt>("pullRT"),
      json_field<&ConsumeStatus::pull_tps>("pullTPS"),
  };
  return kFields;
}

JsonFields ConsumerRunningInfo::json_fields() {
  static constexpr JsonField kFields[] = {
      json_field<&ConsumerRunningInfo::jstack>("jstack"),
      json_field<&ConsumerRunningInfo::mq_table>("mqTable"),
      json_field<&ConsumerRunningInfo::properties>("properties"),
      json_field<&ConsumerRunningInfo::status_table>("statusTable"),
      json_field<&ConsumerRunningInfo::subscription_set>("subscriptionSet"),
  };
  return kFields;
}

}  // namespace gantry::remoting
