from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("renting", "0002_deed_hashes"),
    ]

    operations = [
        migrations.CreateModel(
            name="TitleFile",
            fields=[
                ("key", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("signer", models.CharField(db_index=True, max_length=42)),
                ("created", models.BigIntegerField()),
                ("rows", models.TextField()),
                ("refusal", models.TextField(default="")),
            ],
            options={"ordering": ["-created", "key"]},
        ),
    ]
