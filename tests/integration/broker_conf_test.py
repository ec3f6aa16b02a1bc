"""Files of Apache's broker as it ships them and as people publish them: gantry-broker takes each one, or says the one
reason why it does not."""

import argparse
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from server import Server, run_to_its_end

FILES = Path(__file__).parent / "broker_conf"

# What is printed of an option when nobody says anything: the store's flush in a file of Apache's.
ASYNC, SYNC, POOL = 'flush = "async"', 'flush = "sync"', 'flush = "pool"'

# File: what --print-config shows, in part. A file that is not here is refused.
TAKEN = {
    "stock.conf": [ASYNC, 'broker_name = "broker-a"', 'retention_age = "2d"', 'retention_hours = ["04"]'],
    "2m-noslave-a.properties": [ASYNC],
    "2m-noslave-b.properties": ['broker_name = "broker-b"'],
    "2m-noslave-trace.properties": ['broker_name = "broker-trace"'],
    "2m-2s-async-a.properties": [ASYNC],
    "2m-2s-async-b.properties": [ASYNC],
    "compose.conf": ['broker_name = "broker-b"', 'advertised_address = "192.0.2.23"', 'namesrv = ["192.0.2.23:9876", "192.0.2.23:9877"]', ASYNC],
    "container-names.conf": ['namesrv = ["rocketmq-namesrv:9876"]', 'data_dir = "/data/rocketmq/store"', 'dir = "."',
                             'commit_log_dirs = ["/data/rocketmq/store/commitlog"]'],
    "tutorial-long.properties": [ASYNC, "queue_file_entries = 300000", 'commit_log_file_size = "1GiB"',
                                 "disk_warn_percent = 88", 'max_message_size = "64KiB"', 'retention_age = "5d"'],
    "sizes-in-bytes.properties": [SYNC, "queue_file_entries = 400000"],
    "kubernetes-operator.conf": ['namesrv = ["10.96.0.7:9876", "10.96.0.8:9876"]'],
    "helm-5.conf": [SYNC, 'max_message_size = "5MiB"'],
    "tuned.conf": [POOL, "flush_least_pages = 0", 'commit_interval = "100ms"', 'busy_after = "5s"', 'idle_timeout = "4m"',
                   "queue_file_entries = 600000", "index_entries = 40000000", "resident_percent = 60"],
    "delays-and-transactions.conf": ['retention_hours = ["01", "13"]', 'retention_age = "7d"'],
    "misspelt.conf": ['data_dir = "/app/data/store"'],
}

# File: line, key, and the reason, each of which is told and no other.
REFUSED = {
    **{f"2m-2s-async-{name}-s.properties": [(7, "brokerRole = SLAVE", "needs a plugin that replicates")] for name in "ab"},
    **{f"2m-2s-sync-{name}.properties": [(7, "brokerRole = SYNC_MASTER", "needs a plugin that replicates")] for name in "ab"},
    **{f"2m-2s-sync-{name}-s.properties": [(7, "brokerRole = SLAVE", "needs a plugin that replicates")] for name in "ab"},
    "dledger-n0.conf": [(8, "enableDLegerCommitLog = true", "DLedger's log is another format")],
    "tutorial-sync.properties": [(20, "brokerRole = SYNC_MASTER", "needs a plugin that replicates")],
    "access-rules.conf": [(9, "aclEnable = true", "needs a plugin that has access rules")],
    "comments-behind-values.properties": [(4, 'brokerId = "0  ', "what stands behind # belongs to the value"),
                                          (5, 'listenPort = "10911  ', "what stands behind # belongs to the value"),
                                          (6, 'brokerRole = "ASYNC_MASTER  ', "what stands behind # belongs to the value")],
    "placeholders.conf": [(4, "storePathCommitLog = ${storePathRootDir}/commitlog", "nothing is put in for ${...}")],
}

# Keys that nobody knows, and what is said to be nearest.
UNKNOWN = {
    "misspelt.conf": {"storePathConsumerQueue": "storePathConsumeQueue", "storeCheckPoint": "storeCheckpoint",
                      "fileReserverdTime": "fileReservedTime", "autoCreateTopicEnabled": "autoCreateTopicEnable",
                      "producer.setVipChannelEnabled": None},
}

# BrokerConfig, MessageStoreConfig, NettyServerConfig and NettyClientConfig of Apache 4.9, with harmless values.
ALL_KEYS = """
rocketmqHome=/opt/rocketmq namesrvAddr=127.0.0.1:9876 brokerIP1=127.0.0.1 brokerIP2=127.0.0.1 brokerName=a
brokerClusterName=c brokerId=0 brokerPermission=6 defaultTopicQueueNums=8 autoCreateTopicEnable=true
clusterTopicEnable=true brokerTopicEnable=true autoCreateSubscriptionGroup=true messageStorePlugIn=
msgTraceTopicName=RMQ_SYS_TRACE_TOPIC traceTopicEnable=false sendMessageThreadPoolNums=4
putMessageFutureThreadPoolNums=4 pullMessageThreadPoolNums=20 processReplyMessageThreadPoolNums=20
queryMessageThreadPoolNums=10 adminBrokerThreadPoolNums=16 clientManageThreadPoolNums=32
consumerManageThreadPoolNums=32 heartbeatThreadPoolNums=4 endTransactionThreadPoolNums=16
flushConsumerOffsetInterval=5000 flushConsumerOffsetHistoryInterval=60000 rejectTransactionMessage=false
fetchNamesrvAddrByAddressServer=false sendThreadPoolQueueCapacity=10000 putThreadPoolQueueCapacity=10000
pullThreadPoolQueueCapacity=100000 replyThreadPoolQueueCapacity=10000 queryThreadPoolQueueCapacity=20000
clientManagerThreadPoolQueueCapacity=1000000 consumerManagerThreadPoolQueueCapacity=1000000
heartbeatThreadPoolQueueCapacity=50000 endTransactionPoolQueueCapacity=100000 filterServerNums=0
longPollingEnable=true shortPollingTimeMills=1000 notifyConsumerIdsChangedEnable=true highSpeedMode=false
commercialEnable=true commercialTimerCount=1 commercialTransCount=1 commercialBigCount=1 commercialBaseCount=1
transferMsgByHeap=true maxDelayTime=40 regionId=DefaultRegion registerBrokerTimeoutMills=6000 slaveReadEnable=false
disableConsumeIfConsumerReadSlowly=false consumerFallbehindThreshold=17179869184 brokerFastFailureEnable=true
waitTimeMillsInSendQueue=200 waitTimeMillsInPullQueue=5000 waitTimeMillsInHeartbeatQueue=31000
waitTimeMillsInTransactionQueue=3000 startAcceptSendRequestTimeStamp=0 traceOn=true enableCalcFilterBitMap=false
expectConsumerNumUseFilter=32 maxErrorRateOfBloomFilter=20 filterDataCleanTimeSpan=86400000 filterSupportRetry=false
enablePropertyFilter=false compressedRegister=false forceRegister=true registerNameServerPeriod=30000
transactionTimeOut=6000 transactionCheckMax=15 transactionCheckInterval=60000 aclEnable=false
storeReplyMessageEnable=true enableDetailStat=true autoDeleteUnusedStats=false isolateLogEnable=false
configBlackList=configBlackList;brokerConfigPath
storePathRootDir=/data/store storePathCommitLog=/data/store/commitlog storePathDLedgerCommitLog=
readOnlyCommitLogStorePaths= mappedFileSizeCommitLog=1073741824 mappedFileSizeConsumeQueue=6000000
enableConsumeQueueExt=false mappedFileSizeConsumeQueueExt=50331648 bitMapLengthConsumeQueueExt=64
flushIntervalCommitLog=500 commitIntervalCommitLog=200 useReentrantLockWhenPutMessage=true flushCommitLogTimed=true
flushIntervalConsumeQueue=1000 cleanResourceInterval=10000 deleteCommitLogFilesInterval=100
deleteConsumeQueueFilesInterval=100 destroyMapedFileIntervalForcibly=120000 redeleteHangedFileInterval=120000
deleteWhen=04 diskMaxUsedSpaceRatio=75 fileReservedTime=72 putMsgIndexHightWater=600000 maxMessageSize=4194304
checkCRCOnRecover=true flushCommitLogLeastPages=4 commitCommitLogLeastPages=4 flushLeastPagesWhenWarmMapedFile=4096
flushConsumeQueueLeastPages=2 flushCommitLogThoroughInterval=10000 commitCommitLogThoroughInterval=200
flushConsumeQueueThoroughInterval=60000 maxTransferBytesOnMessageInMemory=262144
maxTransferCountOnMessageInMemory=32 maxTransferBytesOnMessageInDisk=65536 maxTransferCountOnMessageInDisk=8
accessMessageInMemoryMaxRatio=40 messageIndexEnable=true maxHashSlotNum=5000000 maxIndexNum=20000000 maxMsgsNumBatch=64
messageIndexSafe=false haListenPort=10912 haSendHeartbeatInterval=5000 haHousekeepingInterval=20000
haTransferBatchSize=32768 haMasterAddress=127.0.0.1:10912 haSlaveFallbehindMax=268435456 brokerRole=ASYNC_MASTER
flushDiskType=ASYNC_FLUSH syncFlushTimeout=5000 slaveTimeout=3000 messageDelayLevel=1s
flushDelayOffsetInterval=10000 cleanFileForciblyEnable=true warmMapedFileEnable=false offsetCheckInSlave=false
debugLockEnable=false duplicationEnable=false diskFallRecorded=true osPageCacheBusyTimeOutMills=1000
defaultQueryMaxNum=32 transientStorePoolEnable=false transientStorePoolSize=5 fastFailIfNoBufferInStorePool=false
enableDLegerCommitLog=false dLegerGroup=g dLegerPeers=p dLegerSelfId=n0 preferredLeaderId=n0 isEnableBatchPush=false
enableScheduleMessageStats=true enableLmq=false enableMultiDispatch=false maxLmqConsumeQueueNum=20000
enableScheduleAsyncDeliver=false scheduleAsyncDeliverMaxPendingLimit=2000
scheduleAsyncDeliverMaxResendNum2Blocked=3
listenPort=10911 serverWorkerThreads=8 serverCallbackExecutorThreads=0 serverSelectorThreads=3
serverOnewaySemaphoreValue=256 serverAsyncSemaphoreValue=64 serverChannelMaxIdleTimeSeconds=120
serverSocketSndBufSize=0 serverSocketRcvBufSize=0 writeBufferHighWaterMark=0 writeBufferLowWaterMark=0
serverSocketBacklog=1024 serverPooledByteBufAllocatorEnable=true useEpollNativeSelector=false
clientWorkerThreads=4 clientCallbackExecutorThreads=4 clientOnewaySemaphoreValue=65535
clientAsyncSemaphoreValue=65535 connectTimeoutMillis=3000 channelNotActiveInterval=60000
clientChannelMaxIdleTimeSeconds=120 clientSocketSndBufSize=0 clientSocketRcvBufSize=0
clientPooledByteBufAllocatorEnable=false clientCloseSocketIfTimeout=true useTLS=false
""".split()


class BrokerConf(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check(self, file: Path, *flags: str) -> tuple[int, list[str], list[str]]:
        """The exit code, mistakes, and warnings, without the file's name."""
        code, said = run_to_its_end(options.program, "--config", str(file), *flags)
        lines = said.replace(f"{file}:", "").splitlines()
        if "the configuration is sound" in lines: lines.remove("the configuration is sound")
        warnings = [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]
        return code, [line for line in lines if not line.startswith("warning: ")], warnings

    def test_each_file_is_taken_or_refused(self):
        self.assertEqual({file.name for file in FILES.iterdir()}, TAKEN.keys() | REFUSED.keys())

    def test_taken_files_mean_what_they_say_and_only_warn(self):
        for name, printed in TAKEN.items():
            with self.subTest(name):
                code, mistakes, warnings = self.check(FILES / name, "--check-config")
                self.assertEqual((code, mistakes), (0, []))
                for warning in warnings: self.assertRegex(warning, r"^\d+:1: \S+: (has no effect here: .|unknown option)")
                shown = run_to_its_end(options.program, "--config", str(FILES / name), "--print-config")[1]
                for line in printed: self.assertRegex(shown, rf"(?m)^{re.escape(line)}  #")
                self.assertIn("[plugins.store-mmap]", shown)

    def test_refused_files_are_told_the_one_reason(self):
        for name, reasons in REFUSED.items():
            with self.subTest(name):
                code, mistakes, _ = self.check(FILES / name, "--check-config")
                self.assertEqual(code, 1)
                self.assertEqual(len(mistakes), len(reasons), mistakes)
                for said, (line, value, why) in zip(mistakes, reasons):
                    self.assertRegex(said, rf"^{line}:1: {re.escape(value)}.*: {re.escape(why)}")

    def test_unknown_keys_are_told_with_the_nearest(self):
        for name in TAKEN | REFUSED:
            with self.subTest(name):
                told = {}
                for warning in self.check(FILES / name, "--check-config")[2]:
                    if found := re.match(r"\d+:1: (\S+): unknown option, ignored(?:; nearest is (\S+))?$", warning):
                        told[found[1]] = found[2]
                self.assertEqual(told, UNKNOWN.get(name, {}))

    def test_no_key_of_apaches_broker_is_unknown(self):
        file = self.folder / "all.conf"
        file.write_text("\n".join(ALL_KEYS))
        code, mistakes, warnings = self.check(file, "--check-config")
        self.assertEqual((code, mistakes), (0, []))
        for warning in warnings: self.assertIn(": has no effect here: ", warning)

    def test_a_stock_file_starts_a_broker_with_its_store_where_the_file_says(self):
        file = self.folder / "broker.conf"
        file.write_text((FILES / "stock.conf").read_text() + f"storePathRootDir={self.folder / 'store'}\n")
        with Server(options.program, "--config", str(file)) as server:
            self.assertIn("store is open", server.said())
            self.assertIn("acknowledged=\"once the operating system has it", server.said())
            self.assertTrue((self.folder / "store/commitlog").is_dir())
            self.assertTrue((self.folder / "store/metadata.db").exists())

    def test_a_file_that_asks_for_two_copies_never_starts_with_one(self):
        code, said = run_to_its_end(options.program, "--config", str(FILES / "2m-2s-sync-a.properties"), "--listen",
                                    "127.0.0.1:0", "--data-dir", str(self.folder / "data"))
        self.assertEqual(code, 1)
        self.assertIn("brokerRole = SYNC_MASTER", said)
        self.assertFalse((self.folder / "data").exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
