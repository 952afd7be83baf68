"""Tasks that run at the same time."""

import asyncio


async def fetch(number):
    await asyncio.sleep(0.3)
    return {"number": number, "status": 200 if number % 3 else 404}


async def main():
    answers = await asyncio.gather(*(fetch(number) for number in range(6)))
    missing = [answer["number"] for answer in answers if answer["status"] == 404]
    print("missing", missing)


asyncio.run(main())
