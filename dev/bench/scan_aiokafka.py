"""What `dev.bench.scan` measures of aiokafka: one whole topic read with `getmany` and searched for a text.

python -m dev.bench.scan_aiokafka BOOTSTRAP TOPIC TEXT
"""

from __future__ import annotations

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, TopicPartition


async def main(bootstrap: str, topic: str, text: str) -> None:
    """Print what is found, in the values, up to the ends as they are at the start."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, max_partition_fetch_bytes=4 << 20
    )
    await consumer.start()
    try:
        await consumer._client.add_topic(topic)
        names = [TopicPartition(topic, number) for number in consumer._client.cluster.partitions_for_topic(topic)]
        consumer.assign(names)
        await consumer.seek_to_beginning()
        left = {where: end for where, end in (await consumer.end_offsets(names)).items() if end}
        wanted = text.encode()
        while left:
            for where, records in (await consumer.getmany(timeout_ms=1000)).items():
                for record in records:
                    if wanted in record.value:
                        print(record.value)  # noqa: T201
                if records[-1].offset + 1 >= left.get(where, 0):
                    left.pop(where, None)
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
