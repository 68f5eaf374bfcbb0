"""What a screen links to is served by the app that shows the screen."""

import re

from litestar import Litestar

from app.foundation.web.static import StaticFiles


async def test_every_built_file_is_served_for_ever(app: Litestar, client):
    for name in ("css/app.css", "css/reader.css", "js/screens.js"):
        url = StaticFiles(base_url="/static").url(name)
        answer = await client.get(url)

        assert answer.status_code == 200, url
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = await client.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304


async def test_the_first_screen_finds_all_it_links_to(client):
    screen = await client.get("/setup", follow_redirects=True)
    links = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', screen.text))

    assert links
    for link in links:
        assert (await client.get(link)).status_code == 200, link


async def test_SEC38_static_does_not_lead_out_of_its_folder(client):
    for path in ("/static/dist/../package.json", "/static/dist/%2e%2e/package.json", "/static/dist/",
                 "/static/package.json", "/static/dist//etc/passwd", "/static/dist/manifest.json/.."):  # fmt: skip
        assert (await client.get(path)).status_code == 404, path
