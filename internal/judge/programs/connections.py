"""An asyncio client that talks to a server of its own."""

import asyncio
import json
import time
from collections import defaultdict
from contextlib import asynccontextmanager


class Retry(Exception):
    pass


class Client:
    def __init__(self, host, port, limit=3):
        self.host = host
        self.port = port
        self.gate = asyncio.Semaphore(limit)
        self.stats = defaultdict(int)

    @asynccontextmanager
    async def connection(self):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        self.stats["opened"] += 1
        try:
            yield reader, writer
        finally:
            writer.close()
            await writer.wait_closed()

    async def call(self, method, **params):
        async with self.gate:
            async with self.connection() as (reader, writer):
                message = json.dumps({"method": method, "params": params}).encode() + b"\n"
                writer.write(message)
                await writer.drain()
                line = await asyncio.wait_for(reader.readline(), timeout=5)
                answer = json.loads(line)
                if "error" in answer:
                    raise Retry(answer["error"])
                return answer["result"]

    async def patiently(self, method, tries=3, **params):
        delay = 0.01
        for attempt in range(tries):
            try:
                result = await self.call(method, **params)
            except Retry as error:
                self.stats[str(error)] += 1
                await asyncio.sleep(delay)
                delay *= 2
            else:
                return result
        return None


class Server:
    def __init__(self):
        self.calls = 0
        self.flaky = {3, 5}

    async def handle(self, reader, writer):
        data = await reader.readline()
        request = json.loads(data)
        self.calls += 1
        number = self.calls
        if number in self.flaky:
            reply = {"error": "busy"}
        else:
            method = getattr(self, "do_" + request["method"])
            reply = {"result": await method(**request["params"])}
        writer.write(json.dumps(reply).encode() + b"\n")
        await writer.drain()
        writer.close()

    async def do_square(self, x):
        await asyncio.sleep(0.001 * x)
        return x * x

    async def do_words(self, text):
        words = text.split()
        return {word: len(word) for word in words}


async def worker(name, queue, client, out):
    while True:
        job = await queue.get()
        if job is None:
            queue.task_done()
            break
        started = time.perf_counter()
        result = await client.patiently("square", x=job)
        took = time.perf_counter() - started
        out.append((name, job, result))
        queue.task_done()


async def main():
    server = Server()
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    client = Client("127.0.0.1", port)
    squares = await asyncio.gather(*(client.patiently("square", x=n) for n in range(4)))
    words = await client.call("words", text="the quick brown fox")
    queue = asyncio.Queue()
    out = []
    workers = [asyncio.create_task(worker(f"w{i}", queue, client, out)) for i in range(2)]
    for n in [5, 6, 7]:
        await queue.put(n)
    for _ in workers:
        await queue.put(None)
    await queue.join()
    done, pending = await asyncio.wait(workers, timeout=2)
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    handle = loop.call_later(0.01, event.set)
    await event.wait()
    try:
        async with asyncio.timeout(0.01):
            await client.call("square", x=100)
    except TimeoutError as error:
        late = type(error).__name__
    future = loop.create_future()
    future.set_result(7)
    seven = await future
    listening.close()
    print(squares, words, sorted(out), len(done), len(pending), late, seven, dict(client.stats), handle.cancelled())


asyncio.run(main())
